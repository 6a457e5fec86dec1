import { isIP } from "node:net";
import type { Socket } from "bun";
import { isLoopback } from "../../text/address.ts";
import { addressName, bareHost, NotTrusted, type ServerAddress, UNIX } from "./address.ts";
import type { KeySource } from "./client-key.ts";
import type { HandshakeFailure, TlsPolicy } from "./tls-policy.ts";
import type { ClientTransport, ClientTransportListener, Connect, Secrecy, Server } from "./transport.ts";

const KEEPALIVE = 60_000; // ms of silence before TCP probes
const HANDSHAKE = 10_000; // ms for a TLS handshake

/**
 * A server on the network; without `tlsPolicy`, connections are plain text. TLS shows the key, if there is one. If the
 * host's name has several addresses, those are used one at a time, beginning with any of them.
 */
export function networkServer(
  { host, port }: ServerAddress,
  tlsPolicy?: TlsPolicy,
  key?: KeySource,
  lookUp: LookUp = addressesOf,
): Server {
  const address = { host, port };
  let found: readonly string[] = [];
  let at = Math.floor(Math.random() * MOST_ADDRESSES);
  const open: Connect = async (listener) => {
    found = await lookUp(address);
    connect(address, tlsPolicy, listener, { key, ip: found[at % found.length] });
  };
  return {
    ...address,
    tlsPolicy,
    connect: open,
    get addresses() {
      return Math.max(1, found.length);
    },
    next: () => {
      at++;
    },
  };
}

const MOST_ADDRESSES = 64;

/** The addresses of a host among which the client chooses; none if there is no choice. */
type LookUp = (address: ServerAddress) => Promise<readonly string[]>;

/** One IPv4 and one IPv6 address are one server, and the system chooses between them. */
async function addressesOf(address: ServerAddress): Promise<readonly string[]> {
  const host = bareHost(address.host);
  if (host.startsWith(UNIX) || isIP(host) !== 0 || isLoopback(host)) return [];
  const found = await Bun.dns.lookup(host, { family: 0 }).catch(() => []);
  const families = [4, 6].map((family) => found.filter((entry) => entry.family === family));
  if (families.every(({ length }) => length <= 1)) return [];
  return [...new Set(found.map(({ address }) => address))].slice(0, MOST_ADDRESSES);
}

/** How to connect, besides the defaults. */
interface ConnectOptions {
  readonly key?: KeySource | undefined;
  /** The address of the host to connect to, if it has several. */
  readonly ip?: string | undefined;
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
  else connectPlain(address, on, "accepted", options);
}

function connectPlain(
  address: ServerAddress,
  on: ClientTransportListener,
  secrecy: Secrecy,
  { ip }: ConnectOptions,
): void {
  openSocket({ ...address, ip }, on, {
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
  options: ConnectOptions,
): Promise<void> {
  const { key, ip, patience = HANDSHAKE } = options;
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
      connectPlain(asked, on, "exposed", options);
    });
  const { authority } = tlsPolicy;
  const ca = authority === undefined ? {} : { ca: authority.pem };
  openSocket(
    { ...address, ip },
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
    { rejectUnauthorized: false, ...(ip === undefined ? {} : { serverName: address.host }), ...ca, ...shown },
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
  address: ServerAddress & { readonly ip?: string | undefined },
  on: Pick<ClientTransportListener, "closed">,
  socket: Handlers,
  tls?: Bun.TLSOptions,
): void {
  const { host, port, ip } = address;
  const secure = tls === undefined ? {} : { tls };
  const open = () =>
    host.startsWith(UNIX)
      ? Bun.connect({ unix: host.slice(UNIX.length), socket, data: undefined, ...secure })
      : Bun.connect({ hostname: ip ?? bareHost(host), port, socket, data: undefined, ...secure });
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
