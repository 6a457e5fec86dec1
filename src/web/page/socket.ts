import { bareHost } from "../../client/net/address.ts";
import type { ClientTransport, ClientTransportListener, Secrecy } from "../../client/net/transport.ts";
import { isLoopback } from "../../text/address.ts";
import { decode, encode } from "../../text/bytes.ts";

const SUBPROTOCOL = "text.ircv3.net";
const WAITING = 65_536; // bytes that the browser may hold; beyond that, writes are short
const CHECK = 50; // ms between two looks at what it holds
const NORMAL = 1000; // RFC 6455 7.4.1

/** How private the page's connection is: as private as the page itself. */
export function secrecyOf({ protocol, hostname }: Location): Secrecy {
  if (protocol === "https:") return "tls";
  return isLoopback(bareHost(hostname)) ? "accepted" : "exposed";
}

/** The address of the page over TLS, which the server may not have. */
export function httpsAddress(): string {
  return `https://${location.host}/${location.hash}`;
}

/** Connects to the server that the page came from, over a WebSocket: a message is a line. */
export function connectHere(listener: ClientTransportListener): void {
  const { protocol, host } = location;
  const socket = new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}/`, [SUBPROTOCOL]);
  socket.addEventListener("open", () => listener.opened(transportOf(socket, listener), secrecyOf(location)));
  socket.addEventListener("message", ({ data }) => listener.received(encode(`${data}\n`)));
  socket.addEventListener("close", ({ code, reason }) => {
    listener.closed(code === NORMAL ? undefined : new Error(reason === "" ? "the connection was lost" : reason));
  });
}

function transportOf(socket: WebSocket, listener: ClientTransportListener): ClientTransport {
  const room = () => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount < WAITING) listener.drained();
    else setTimeout(room, CHECK);
  };
  return {
    write(bytes) {
      if (socket.readyState !== WebSocket.OPEN) return -1;
      if (socket.bufferedAmount >= WAITING) {
        setTimeout(room, CHECK);
        return 0;
      }
      // Whole lines are written: the link ends each with CR LF.
      for (const line of decode(bytes).split("\r\n")) if (line !== "") socket.send(line);
      return bytes.length;
    },
    // A browser's WebSocket cannot be paused; the page draws what comes at most once a frame.
    pause: () => {},
    resume: () => {},
    finish: () => socket.close(NORMAL),
    close: () => socket.close(NORMAL),
    terminate: () => socket.close(NORMAL),
  };
}
