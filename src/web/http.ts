import { encode } from "../text/bytes.ts";
import { type Closing, closing } from "../wire/closing.ts";
import type { Peer, Protocol } from "../wire/protocol.ts";
import { forwardedAddress, type WebAccess } from "./access.ts";
import type { FrameKind } from "./frames.ts";
import { asksForWebSocket, shakeHands } from "./handshake.ts";
import { HeadReader, listOf, type RequestFault, type RequestHead } from "./head.ts";

const HEAD_TIME = 10_000; // ms for a head to be complete
const KEPT = 15_000; // ms that a connection is kept for another request
const METHODS = ["GET", "HEAD"];

const REASONS: Readonly<Record<number, string>> = {
  101: "Switching Protocols",
  200: "OK",
  304: "Not Modified",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
};

/** Fields of every answer: browsers take it for what it says it is, and show it to no other site. */
const EVERYWHERE = [
  "X-Content-Type-Options: nosniff",
  "Referrer-Policy: no-referrer",
  "Cross-Origin-Resource-Policy: same-origin",
];

const OFF: RequestFault = {
  status: 400,
  words: "This is a chat, not a web server. Talk to it with nc, an IRC client, or tcpchat client.",
};

/** An answer to a request. */
export interface HttpAnswer {
  readonly status: number;
  /** The media type of the body; plain text if not given. */
  readonly type?: string;
  readonly fields?: readonly string[];
  readonly body: string | Uint8Array;
}

/** A row of the table of paths. */
export interface Route {
  readonly path: string;
  readonly answer: (head: RequestHead) => HttpAnswer | Promise<HttpAnswer>;
}

/** The connection of an HTTP client. */
export interface HttpPeer extends Peer {
  /** Nothing queued is left to send. */
  readonly isFlushed: boolean;
  /** Takes the client's address, as a proxy reports it. Returns why the limits or a ban refuse it. */
  readdress(address: string): string | undefined;
  /** Sends the answer to the handshake, and goes on as a WebSocket that speaks IRC. */
  openWebSocket(answer: Uint8Array, kind: FrameKind): void;
}

/** What HTTP sessions share. */
export interface WebServer {
  /** In milliseconds, monotonic. */
  readonly clock: () => number;
  readonly access: () => WebAccess;
  readonly isProxy: (address: string) => boolean;
  /** Whether WebSockets are switched on. */
  readonly hasWebSocket: () => boolean;
  /** Whether the page is switched on. */
  readonly hasPage: () => boolean;
  /** The paths that are switched on. */
  readonly routes: () => readonly Route[];
}

/** The session of one HTTP client: answers its requests in order, or goes on as a WebSocket. */
export class HttpSession implements Protocol {
  readonly #peer: HttpPeer;
  readonly #web: WebServer;
  readonly #head = new HeadReader();
  /** The address that the connection itself comes from: a proxy's, perhaps. */
  readonly #from: string;
  /** When the current head began, or the last answer was sent. */
  #since: number;
  #hasAnswered = false;
  weight = 0;

  constructor(peer: HttpPeer, web: WebServer) {
    this.#peer = peer;
    this.#web = web;
    this.#from = peer.address;
    this.#since = peer.since;
  }

  line(bytes: Uint8Array): void {
    if (this.#head.isEmpty && this.#hasAnswered) this.#since = this.#web.clock();
    // A request weighs as much as a line of chat, and so does a blank line before it.
    this.weight = bytes.length === 0 ? 1 : 0;
    const head = this.#head.read(bytes);
    if (head && "words" in head) this.#refuse(head);
    else if (head) this.#serve(head);
  }

  overlong(): void {
    this.#refuse({ status: 431, words: "A line of the head is too long." });
  }

  end(): void {
    this.#peer.finish(closing("closed"));
  }

  gone(): void {}

  farewell(closing: Closing): void {
    this.#peer.finish(closing);
  }

  housekeep(now: number): void {
    const passed = now - this.#since;
    if (!this.#head.isEmpty || !this.#hasAnswered) {
      if (passed > HEAD_TIME) this.#refuse({ status: 408, words: "The head of the request took too long." });
    } else if (passed > KEPT) this.#peer.finish(closing("answered"));
  }

  #serve(head: RequestHead): void {
    const fault = this.#faultIn(head);
    if (fault) this.#refuse(fault);
    else if (asksForWebSocket(head)) this.#openWebSocket(head);
    else this.#answer(head);
  }

  /** Why a request may not come in. */
  #faultIn(head: RequestHead): RequestFault | undefined {
    const { access, hasWebSocket, routes } = this.#web;
    if (!hasWebSocket() && routes().length === 0) return OFF;
    if (!access().isHost(head.host)) {
      const words = `This chat does not go by the name ${head.host}: names in [web] would have to list it.`;
      return { status: 400, words };
    }
    const origins = head.fields.get("origin") ?? [];
    if (!access().isOrigin(origins, head.host)) {
      const words = `Pages of ${origins.join(", ")} may not use this chat: origins in [web] would have to list that site.`;
      return { status: 403, words };
    }
    return this.#web.isProxy(this.#from) ? this.#readdress(head) : undefined;
  }

  #readdress({ fields }: RequestHead): RequestFault | undefined {
    if (!fields.has("x-forwarded-for")) return undefined;
    const address = forwardedAddress(listOf(fields, "x-forwarded-for"), this.#web.isProxy);
    if (address === undefined) return { status: 400, words: "X-Forwarded-For has something that is no address." };
    const refusal = address === this.#peer.address ? undefined : this.#peer.readdress(address);
    return refusal === undefined ? undefined : { status: 403, words: refusal };
  }

  #openWebSocket(head: RequestHead): void {
    if (!this.#web.hasWebSocket()) return this.#refuse(OFF);
    if (!this.#peer.isFlushed)
      return this.#refuse({ status: 400, words: "A WebSocket begins once earlier requests are answered." });
    const handshake = shakeHands(head);
    if ("words" in handshake) return this.#refuse(handshake);
    this.#peer.openWebSocket(headOf(101, handshake.fields), handshake.kind);
  }

  #answer(head: RequestHead): void {
    const routes = this.#web.routes();
    const route = routes.find(({ path }) => path === head.path);
    if (!METHODS.includes(head.method)) {
      const words = `This server answers ${METHODS.join(" and ")}.`;
      return this.#refuse({ status: 405, words, fields: [`Allow: ${METHODS.join(", ")}`] });
    }
    if (!route && !this.#web.hasPage()) return this.#refuse(OFF);
    if (!route) return this.#refuse({ status: 404, words: `There is nothing at ${head.path}.` });
    const isLast = head.version === "1.0" || listOf(head.fields, "connection").some((word) => /^close$/i.test(word));
    const send = (answer: HttpAnswer) => this.#send(answer, isLast, head.method === "HEAD");
    const answer = route.answer(head);
    if (answer instanceof Promise) this.#wait(answer, send);
    else send(answer);
  }

  /** Reads no further request before the answer to this one. */
  #wait(answer: Promise<HttpAnswer>, send: (answer: HttpAnswer) => void): void {
    const peer = this.#peer;
    this.#hasAnswered = true;
    peer.hold();
    answer
      .then(send)
      .catch((error: unknown) => {
        peer.report(error);
        peer.finish(closing("bug"));
      })
      .finally(() => peer.release());
  }

  #refuse({ status, words, fields = [] }: RequestFault & { readonly fields?: readonly string[] }): void {
    this.#send({ status, body: `${words}\n`, fields }, true, false);
  }

  #send(
    { status, type = "text/plain; charset=utf-8", fields = [], body }: HttpAnswer,
    isLast: boolean,
    isHead: boolean,
  ): void {
    this.weight = 1;
    this.#hasAnswered = true;
    this.#since = this.#web.clock();
    const bytes = typeof body === "string" ? encode(body) : body;
    const about = [
      ...(status === 304 ? [] : [`Content-Type: ${type}`, `Content-Length: ${bytes.length}`]),
      ...(isLast ? ["Connection: close"] : []),
    ];
    this.#peer.push(headOf(status, [...about, ...EVERYWHERE, ...fields]));
    if (!isHead && bytes.length > 0) this.#peer.push(bytes);
    if (isLast) this.#peer.finish(closing(status < 400 ? "answered" : "http"));
  }
}

function headOf(status: number, fields: readonly string[]): Uint8Array {
  return encode([`HTTP/1.1 ${status} ${REASONS[status]}`, ...fields, "", ""].join("\r\n"));
}
