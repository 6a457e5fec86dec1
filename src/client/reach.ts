import type { Socket } from "bun";
import { bareHost, NotTrusted, type Place, placeName } from "./place.ts";
import type { Safety, Unanswered } from "./safety.ts";

const ANSWER = 10_000; // ms that a server has to answer over TLS

/** The privacy of a connection: `tls`; plain text that the user accepts, as on this machine (`accepted`); or plain text that anyone on the way can read. */
export type Secrecy = "tls" | "accepted" | "exposed";

/** Receives the progress and the outcome of connecting to a server. */
export interface Reached {
  /** There is a connection, and what is said on it is heard by those alone who may. */
  opened(socket: Socket, secrecy: Secrecy): void;
  data(bytes: Uint8Array): void;
  drained(socket: Socket): void;
  /** It is over, or never was; may be told more than once. */
  closed(error: unknown): void;
  /** Something that the user should know, in a sentence. */
  told(words: string): void;
}

/** Connects to a server: over TLS where that is to be tried, and in plain text where that will do. */
export function reach(place: Place, on: Reached, answer = ANSWER): void {
  let { safety } = place;
  try {
    safety?.prepare();
    if (!safety?.triesTls) safety = undefined;
  } catch (error) {
    return void queueMicrotask(() => on.closed(error));
  }
  if (safety) reachSafely(place, safety, on, answer);
  else reachPlainly(place, on, "accepted");
}

function reachPlainly(place: Place, on: Reached, secrecy: Secrecy): void {
  connect(place, on, {
    open: (socket) => on.opened(socket, secrecy),
    data: (_, bytes) => on.data(bytes),
    drain: (socket) => on.drained(socket),
    close: (_, error) => on.closed(error),
    error: (_, error) => on.closed(error),
  });
}

/** A handshake first. Where the server does not answer one, plain text is tried if that will do. */
function reachSafely(asked: Place, safety: Safety, on: Reached, answer: number): void {
  const { place } = safety;
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
      const use = safety.plainFor(why);
      if (use === "nothing") return on.closed(safety.refusal());
      const words = `${placeName(place)} does not speak TLS (${why}): what is said there can be read on the way.`;
      if (use === "all") on.told(words);
      reachPlainly(asked, on, "exposed");
    });
  const { authority } = safety;
  const ca = authority === undefined ? {} : { ca: authority.pem };
  connect(
    place,
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
        if (!certificate) return isTls(error) ? fail(failed(place, error)) : unanswered(wordsFor(error));
        try {
          const words = safety.judge(certificate, error);
          clearTimeout(timer);
          state = "open";
          if (words !== undefined) on.told(words);
          on.opened(socket, "tls");
        } catch (reason) {
          fail(reason);
          socket.terminate();
        }
      },
      data: (_, bytes) => void (state === "open" && on.data(bytes)),
      drain: (socket) => void (state === "open" && on.drained(socket)),
      close: (_, error) => (state === "open" ? on.closed(error) : unanswered(wordsFor(error))),
      error: (_, error) => (state === "open" ? on.closed(error) : unanswered(wordsFor(error))),
    },
    { rejectUnauthorized: false, ...ca },
  );
}

type Handlers = Bun.SocketHandler<undefined>;

function connect(place: Place, on: Pick<Reached, "closed">, socket: Handlers, tls?: Bun.TLSOptions): void {
  const to = { hostname: bareHost(place), port: place.port, socket, data: undefined };
  // A host that is none at all is thrown at once, any other trouble is a rejection.
  Promise.try(() => Bun.connect(tls === undefined ? to : { ...to, tls })).catch((error: unknown) => on.closed(error));
}

/** BoringSSL's word for bytes that are no TLS record. */
const OTHER_TALK = /WRONG_VERSION_NUMBER/;

/** Whether a handshake failed within TLS: with an alert, or over what both could do. */
function isTls(error: Error | null | undefined): error is Error {
  return error instanceof Error && "code" in error && error.code === "EPROTO" && !OTHER_TALK.test(error.message);
}

function failed(place: Place, { message }: Error): NotTrusted {
  return new NotTrusted(
    [`no TLS handshake with ${placeName(place)}: ${message}`, "To talk in plain text: --no-tls."],
    false,
  );
}

function wordsFor(error: unknown): Unanswered {
  const isOther = error instanceof Error && OTHER_TALK.test(error.message);
  return isOther ? "it answers something else" : "it closes the connection";
}
