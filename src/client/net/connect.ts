import type { Socket } from "bun";
import { addressName, bareHost, NotTrusted, type ServerAddress } from "./address.ts";
import type { TlsPolicy, Unanswered } from "./tls-policy.ts";
import type { ClientTransport, ClientTransportListener, Secrecy, Server } from "./transport.ts";

const KEEPALIVE = 60_000; // ms of silence
const ANSWER = 10_000; // ms that a server has to answer over TLS

/** A server in the network; without `tlsPolicy`, it is spoken to in plain text. */
export function networkServer({ host, port }: ServerAddress, tlsPolicy?: TlsPolicy): Server {
  const place = { host, port };
  return { ...place, tlsPolicy, connect: (listener) => connect(place, tlsPolicy, listener) };
}

/** Connects to a server: over TLS where that is to be tried, and in plain text where that will do. */
export function connect(
  address: ServerAddress,
  tlsPolicy: TlsPolicy | undefined,
  on: ClientTransportListener,
  answer = ANSWER,
): void {
  let triesTls = false;
  try {
    tlsPolicy?.prepare();
    triesTls = tlsPolicy?.triesTls === true;
  } catch (error) {
    return void queueMicrotask(() => on.closed(error));
  }
  if (tlsPolicy && triesTls) reachSafely(address, tlsPolicy, on, answer);
  else reachPlainly(address, on, "accepted");
}

function reachPlainly(address: ServerAddress, on: ClientTransportListener, secrecy: Secrecy): void {
  openSocket(address, on, {
    open: (socket) => on.opened(transportOf(socket), secrecy),
    data: (_, bytes) => on.received(bytes),
    drain: () => on.drained(),
    close: (_, error) => on.closed(error),
    error: (_, error) => on.closed(error),
  });
}

/** A handshake first. Where the server does not answer one, plain text is tried if that will do. */
function reachSafely(asked: ServerAddress, tlsPolicy: TlsPolicy, on: ClientTransportListener, answer: number): void {
  const { address } = tlsPolicy;
  let state: "asking" | "open" | "over" = "asking";
  let timer: Timer | undefined;
  const over = (act: () => void): void => {
    if (state !== "asking") return;
    state = "over";
    clearTimeout(timer);
    try {
      act();
    } catch (error) {
      on.closed(error);
    }
  };
  const fail = (error: unknown) => over(() => on.closed(error));
  const unanswered = (why: Unanswered) =>
    over(() => {
      const use = tlsPolicy.plainFor(why);
      if (use === "nothing") return on.closed(tlsPolicy.refusal());
      const words = `${addressName(address)} does not speak TLS (${why}): what is said there can be read on the way.`;
      if (use === "all") on.told(words);
      reachPlainly(asked, on, "exposed");
    });
  const { authority } = tlsPolicy;
  const ca = authority === undefined ? {} : { ca: authority.pem };
  openSocket(
    address,
    { closed: fail },
    {
      open: (socket) => {
        timer = setTimeout(() => {
          unanswered("no answer to a handshake");
          socket.terminate();
        }, answer);
      },
      handshake: (socket, _, error) => {
        if (state !== "asking") return;
        const certificate = socket.getPeerX509Certificate();
        if (!certificate) return isTls(error) ? fail(failed(address, error)) : unanswered(wordsFor(error));
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
      close: (_, error) => (state === "open" ? on.closed(error) : unanswered(wordsFor(error))),
      error: (_, error) => (state === "open" ? on.closed(error) : unanswered(wordsFor(error))),
    },
    { rejectUnauthorized: false, ...ca },
  );
}

/** A socket as a transport: it sends each line at once, and its kernel asks a silent server whether it lives. */
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
  const to = { hostname: bareHost(address), port: address.port, socket, data: undefined };
  // A host that is none at all is thrown at once, any other trouble is a rejection.
  Promise.try(() => Bun.connect(tls === undefined ? to : { ...to, tls })).catch((error: unknown) => on.closed(error));
}

/** BoringSSL's word for bytes that are no TLS record. */
const OTHER_TALK = /WRONG_VERSION_NUMBER/;

/** Whether a handshake failed within TLS: with an alert, or over what both could do. */
function isTls(error: Error | null | undefined): error is Error {
  return error instanceof Error && "code" in error && error.code === "EPROTO" && !OTHER_TALK.test(error.message);
}

function failed(address: ServerAddress, { message }: Error): NotTrusted {
  return new NotTrusted(
    [`no TLS handshake with ${addressName(address)}: ${message}`, "To talk in plain text: --no-tls."],
    false,
  );
}

function wordsFor(error: unknown): Unanswered {
  const isOther = error instanceof Error && OTHER_TALK.test(error.message);
  return isOther ? "it answers something else" : "it closes the connection";
}
