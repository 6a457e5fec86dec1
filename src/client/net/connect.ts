import type { Socket } from "bun";
import { addressName, bareHost, NotTrusted, type ServerAddress, UNIX } from "./address.ts";
import type { KeySource } from "./client-key.ts";
import type { HandshakeFailure, TlsPolicy } from "./tls-policy.ts";
import type { ClientTransport, ClientTransportListener, Secrecy, Server } from "./transport.ts";

const KEEPALIVE = 60_000; // ms of silence before TCP probes
const HANDSHAKE = 10_000; // ms for a TLS handshake

/** A server on the network; without `tlsPolicy`, connections are plain text. TLS shows the key, if there is one. */
export function networkServer({ host, port }: ServerAddress, tlsPolicy?: TlsPolicy, key?: KeySource): Server {
  const address = { host, port };
  return { ...address, tlsPolicy, connect: (listener) => connect(address, tlsPolicy, listener, { key }) };
}

/** How to connect, besides the defaults. */
interface ConnectOptions {
  readonly key?: KeySource | undefined;
  /** Milliseconds for a TLS handshake. */
  readonly patience?: number;
}

/** A thin shell: connects over TLS or in plain text, as the policy decides. */
export function connect(
  address: ServerAddress,
  tlsPolicy: TlsPolicy | undefined,
  on: ClientTransportListener,
  options: ConnectOptions = {},
): void {
  let triesTls = false;
  try {
    tlsPolicy?.prepare();
    triesTls = tlsPolicy?.triesTls === true;
  } catch (error) {
    return void queueMicrotask(() => on.closed(error));
  }
  if (tlsPolicy && triesTls) void connectTls(address, tlsPolicy, on, options);
  else connectPlain(address, on, "accepted");
}

function connectPlain(address: ServerAddress, on: ClientTransportListener, secrecy: Secrecy): void {
  openSocket(address, on, {
    open: (socket) => on.opened(transportOf(socket), secrecy),
    data: (_, bytes) => on.received(bytes),
    drain: () => on.drained(),
    close: (_, error) => on.closed(error),
    error: (_, error) => on.closed(error),
  });
}

/** Tries a TLS handshake; if it fails, and the policy allows that, connects in plain text. */
async function connectTls(
  asked: ServerAddress,
  tlsPolicy: TlsPolicy,
  on: ClientTransportListener,
  { key, patience = HANDSHAKE }: ConnectOptions,
): Promise<void> {
  const { address } = tlsPolicy;
  const shown = (await key?.((words) => on.told(words))) ?? {};
  let state: "handshake" | "open" | "over" = "handshake";
  let timer: Timer | undefined;
  const endHandshake = (act: () => void): void => {
    if (state !== "handshake") return;
    state = "over";
    clearTimeout(timer);
    try {
      act();
    } catch (error) {
      on.closed(error);
    }
  };
  const fail = (error: unknown) => endHandshake(() => on.closed(error));
  const handshakeFailed = (why: HandshakeFailure) =>
    endHandshake(() => {
      const use = tlsPolicy.plainFor(why);
      if (use === "nothing") return on.closed(tlsPolicy.refusal());
      const words = `${addressName(address)} does not speak TLS (${why}): others on the network can read what is said there.`;
      if (use === "all") on.told(words);
      connectPlain(asked, on, "exposed");
    });
  const { authority } = tlsPolicy;
  const ca = authority === undefined ? {} : { ca: authority.pem };
  openSocket(
    address,
    { closed: fail },
    {
      open: (socket) => {
        timer = setTimeout(() => {
          handshakeFailed("no answer to a handshake");
          socket.terminate();
        }, patience);
      },
      handshake: (socket, _, error) => {
        if (state !== "handshake") return;
        const certificate = socket.getPeerX509Certificate();
        if (!certificate) return isTls(error) ? fail(failed(address, error)) : handshakeFailed(failureOf(error));
        try {
          const words = tlsPolicy.judge(certificate, error);
          clearTimeout(timer);
          state = "open";
          if (words !== undefined) on.told(words);
          on.opened(transportOf(socket), "tls");
        } catch (reason) {
          fail(reason);
          socket.terminate();
        }
      },
      data: (_, bytes) => void (state === "open" && on.received(bytes)),
      drain: () => void (state === "open" && on.drained()),
      close: (_, error) => (state === "open" ? on.closed(error) : handshakeFailed(failureOf(error))),
      error: (_, error) => (state === "open" ? on.closed(error) : handshakeFailed(failureOf(error))),
    },
    { rejectUnauthorized: false, ...ca, ...shown },
  );
}

/** A socket as a transport, with TCP_NODELAY and keepalive. */
function transportOf(socket: Socket): ClientTransport {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEPALIVE);
  return {
    write: (bytes) => socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    finish: () => void socket.shutdown(),
    close: () => void socket.end(),
    terminate: () => socket.terminate(),
  };
}

type Handlers = Bun.SocketHandler<undefined>;

function openSocket(
  address: ServerAddress,
  on: Pick<ClientTransportListener, "closed">,
  socket: Handlers,
  tls?: Bun.TLSOptions,
): void {
  const { host, port } = address;
  const secure = tls === undefined ? {} : { tls };
  const open = () =>
    host.startsWith(UNIX)
      ? Bun.connect({ unix: host.slice(UNIX.length), socket, data: undefined, ...secure })
      : Bun.connect({ hostname: bareHost(address), port, socket, data: undefined, ...secure });
  // An invalid host throws, every other error rejects.
  Promise.try(open).catch((error: unknown) => on.closed(error));
}

/** BoringSSL's error for bytes that are no TLS record. */
const NOT_A_RECORD = /WRONG_VERSION_NUMBER/;

/** Whether a handshake failed inside TLS: by an alert, or without a common version or cipher. */
function isTls(error: Error | null | undefined): error is Error {
  return error instanceof Error && "code" in error && error.code === "EPROTO" && !NOT_A_RECORD.test(error.message);
}

function failed(address: ServerAddress, { message }: Error): NotTrusted {
  return new NotTrusted(
    [`no TLS handshake with ${addressName(address)}: ${message}`, "To use plain text: --no-tls."],
    false,
  );
}

function failureOf(error: unknown): HandshakeFailure {
  const isAnswer = error instanceof Error && NOT_A_RECORD.test(error.message);
  return isAnswer ? "its answer is not TLS" : "it closes the connection";
}
