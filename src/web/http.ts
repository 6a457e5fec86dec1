import { createHash } from "node:crypto";
import { encode } from "../text/bytes.ts";
import { type Closing, closing } from "../wire/closing.ts";
import type { Peer, Protocol } from "../wire/protocol.ts";
import { forwardedAddress, type WebAccess } from "./access.ts";
import type { FrameKind } from "./frames.ts";
import { HeadReader, type HttpFault, listOf, NO_HOST, type RequestFault, type RequestHead, wordsOf } from "./head.ts";

const HEAD_TIME = 10_000; // ms for a head to be complete
const KEPT = 15_000; // ms that a connection is kept for another request
const METHODS = ["GET", "HEAD"];
const NOTHING: Uint8Array = new Uint8Array(0);

const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  101: "Switching Protocols",
  200: "OK",
  202: "Accepted",
  304: "Not Modified",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  411: "Length Required",
  413: "Content Too Large",
  422: "Unprocessable Content",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
};

/** Headers of every answer: browsers do not guess its type, and no other site may load it. */
const EVERYWHERE = [
  "X-Content-Type-Options: nosniff",
  "Referrer-Policy: no-referrer",
  "Cross-Origin-Resource-Policy: same-origin",
];

const OFF: RequestFault = {
  status: 400,
  words: "This is a chat, not a web server. Talk to it with nc, an IRC client, or tcpchat client.",
};

const NO_BODY: RequestFault = { status: 413, words: "Requests have no body here." };

/** An answer to a request. */
export interface HttpAnswer {
  readonly status: number;
  /** The media type of the body; plain text if not given. */
  readonly type?: string;
  readonly fields?: readonly string[];
  readonly body: string | Uint8Array;
}

/** A request that was read to its end. */
export interface HttpRequest {
  readonly head: RequestHead;
  readonly body: Uint8Array;
  /** The id of its connection. */
  readonly connection: number;
}

/** A row of the table of paths. */
export interface Route {
  /** With a slash at its end it stands for all paths that begin so. */
  readonly path: string;
  /** Set if requests are POST: the most bytes of a body, or why this request is refused before its body is read. */
  readonly admit?: (head: RequestHead) => number | HttpFault;
  /** Answered for every host name and every origin. */
  readonly isForAnyone?: true;
  /** The form of a refused request's answer; plain text if not given. */
  readonly refuse?: (fault: HttpFault) => HttpAnswer;
  readonly answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;
}

/** Takes the bytes behind a head until the body is complete, and then puts a blank line before what follows. */
export class BodyReader {
  readonly head: RequestHead;
  /** These bytes are content, which the request weighs for. */
  readonly isContent = true;
  readonly body: Uint8Array;
  #taken = 0;
  #isDone = false;

  constructor(head: RequestHead) {
    this.head = head;
    this.body = new Uint8Array(head.length);
  }

  filter(bytes: Uint8Array): Uint8Array {
    if (this.#isDone) return bytes;
    const part = bytes.subarray(0, this.body.length - this.#taken);
    this.body.set(part, this.#taken);
    this.#taken += part.length;
    this.#isDone = this.#taken === this.body.length;
    return this.#isDone ? Buffer.concat([encode("\n"), bytes.subarray(part.length)]) : bytes.subarray(part.length);
  }
}

/** The connection of an HTTP client. */
export interface HttpPeer extends Peer {
  /** Nothing queued is left to send. */
  readonly isFlushed: boolean;
  /** Passes the bytes behind a head through the reader of its body; the next line comes once that is complete. */
  readBody(body: BodyReader): void;
  /** Takes the client's address, as a proxy reports it. Returns why the limits or a ban refuse it. */
  readdress(address: string): string | undefined;
  /** Sends the answer to the handshake, and goes on as a WebSocket that speaks IRC. */
  openWebSocket(answer: Uint8Array, kind: FrameKind): void;
}

/** The parts that HTTP sessions share. */
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
  /** An answer is being made, however long that takes. */
  #isAnswering = false;
  /** The body that is read. */
  #body: BodyReader | undefined;
  weight = 0;

  constructor(peer: HttpPeer, web: WebServer) {
    this.#peer = peer;
    this.#web = web;
    this.#from = peer.address;
    this.#since = peer.since;
  }

  line(bytes: Uint8Array): void {
    if (this.#head.isEmpty && this.#hasAnswered) this.#since = this.#web.clock();
    if (this.#body) return this.#takeBody(this.#body);
    // A request counts as one line for the rate limit, and so does a blank line before it.
    this.weight = bytes.length === 0 ? 1 : 0;
    const head = this.#head.read(bytes);
    if (head && "words" in head) this.#refuse(head, undefined);
    else if (head) this.#serve(head);
  }

  overlong(): void {
    this.#refuse({ status: 431, words: "A line of the head is too long." }, undefined);
  }

  end(): void {
    this.#peer.finish(closing("closed"));
  }

  gone(): void {}

  farewell(closing: Closing): void {
    this.#peer.finish(closing);
  }

  housekeep(now: number): void {
    if (this.#isAnswering) return;
    const passed = now - this.#since;
    if (!this.#head.isEmpty || this.#body || !this.#hasAnswered) {
      if (passed > HEAD_TIME) this.#refuse({ status: 408, words: "The request took too long." }, this.#body?.head);
    } else if (passed > KEPT) this.#peer.finish(closing("answered"));
  }

  #serve(head: RequestHead): void {
    const fault = this.#faultIn(head);
    if (fault) this.#refuse(fault, head);
    else if (asksForWebSocket(head)) this.#openWebSocket(head);
    else this.#answer(head);
  }

  /** Why a request may not come in. */
  #faultIn(head: RequestHead): RequestFault | undefined {
    const { hasWebSocket, routes } = this.#web;
    if (!hasWebSocket() && routes().every(({ isForAnyone }) => isForAnyone)) return OFF;
    const isForAnyone = !asksForWebSocket(head) && this.#routeOf(head)?.isForAnyone;
    const fault = isForAnyone ? undefined : this.#strangeness(head);
    if (fault) return fault;
    return this.#web.isProxy(this.#from) ? this.#readdress(head) : undefined;
  }

  /** Why a request is not for this server, or not from one of its pages. */
  #strangeness(head: RequestHead): RequestFault | undefined {
    const { access } = this.#web;
    if (head.host === "") return NO_HOST;
    if (!access().isHost(head.host)) {
      const name = head.host.replace(/:\d*$/, "");
      const words = `This chat does not go by the name ${name}. Its operator can add the name to server.toml, in the section [web]: names = [${JSON.stringify(name)}]`;
      return { status: 400, words };
    }
    const origins = head.fields.get("origin") ?? [];
    if (!access().isOrigin(origins, head.host)) {
      const words = `Pages of ${origins.join(", ")} may not use this chat: origins in [web] would have to list that site.`;
      return { status: 403, words };
    }
    return undefined;
  }

  #readdress({ fields }: RequestHead): RequestFault | undefined {
    if (!fields.has("x-forwarded-for")) return undefined;
    const address = forwardedAddress(listOf(fields, "x-forwarded-for"), this.#web.isProxy);
    if (address === undefined) return { status: 400, words: "X-Forwarded-For has something that is no address." };
    const refusal = address === this.#peer.address ? undefined : this.#peer.readdress(address);
    return refusal === undefined ? undefined : { status: 403, words: refusal };
  }

  #openWebSocket(head: RequestHead): void {
    if (!this.#web.hasWebSocket()) return this.#refuse(OFF, head);
    if (head.length > 0) return this.#refuse(NO_BODY, head);
    if (!this.#peer.isFlushed)
      return this.#refuse({ status: 400, words: "A WebSocket begins once earlier requests are answered." }, head);
    const handshake = shakeHands(head);
    if ("words" in handshake) return this.#refuse(handshake, head);
    this.#peer.openWebSocket(headOf(101, handshake.fields), handshake.kind);
  }

  #routeOf({ path }: RequestHead): Route | undefined {
    return this.#web
      .routes()
      .find((each) => each.path === path || (/.\/$/.test(each.path) && path.startsWith(each.path)));
  }

  #answer(head: RequestHead): void {
    const route = this.#routeOf(head);
    if (!route && !this.#web.hasPage()) return this.#refuse(OFF, head);
    if (!route) return this.#refuse({ status: 404, words: `There is nothing at ${head.path}.` }, head);
    const methods = route.admit ? ["POST"] : METHODS;
    if (!methods.includes(head.method)) {
      const words = `This path answers ${methods.join(" and ")}.`;
      return this.#refuse({ status: 405, words, fields: [`Allow: ${methods.join(", ")}`] }, head);
    }
    if (route.admit) return this.#readBody(head, route.admit(head));
    if (head.length > 0) return this.#refuse(NO_BODY, head);
    this.#run(route, { head, body: NOTHING, connection: this.#peer.id });
  }

  /** Reads the body of a request before it is answered. */
  #readBody(head: RequestHead, admitted: number | HttpFault): void {
    if (typeof admitted !== "number") return this.#refuse(admitted, head);
    if (!head.fields.has("content-length"))
      return this.#refuse({ status: 411, words: "Content-Length has to give the length of the body." }, head);
    if (head.length > admitted)
      return this.#refuse(
        { status: 413, words: `The body has ${head.length} bytes, and ${admitted} is the most.` },
        head,
      );
    const expected = listOf(head.fields, "expect");
    if (expected.some((word) => /^100-continue$/i.test(word))) this.#peer.push(headOf(100, []));
    this.#body = new BodyReader(head);
    if (head.length === 0) this.#takeBody(this.#body);
    else this.#peer.readBody(this.#body);
  }

  #takeBody({ head, body }: BodyReader): void {
    this.#body = undefined;
    const route = this.#routeOf(head);
    if (route) this.#run(route, { head, body, connection: this.#peer.id });
    else this.#refuse(OFF, head);
  }

  #run(route: Route, request: HttpRequest): void {
    const { head } = request;
    const isLast = head.version === "1.0" || listOf(head.fields, "connection").some((word) => /^close$/i.test(word));
    const send = (answer: HttpAnswer) => this.#send(answer, isLast, head.method === "HEAD");
    const answer = route.answer(request);
    if (answer instanceof Promise) this.#wait(answer, send);
    else send(answer);
  }

  /** Reads no further request before the answer to this one. */
  #wait(answer: Promise<HttpAnswer>, send: (answer: HttpAnswer) => void): void {
    const peer = this.#peer;
    this.#isAnswering = true;
    peer.hold();
    answer
      .then(send)
      .catch((error: unknown) => {
        peer.report(error);
        peer.finish(closing("bug"));
      })
      .finally(() => peer.release());
  }

  /** Refuses a request, in the form of its path; `head` is undefined if it is not known. */
  #refuse(fault: HttpFault, head: RequestHead | undefined): void {
    const { status, words, fields = [] } = fault;
    const answer = (head && this.#routeOf(head)?.refuse?.(fault)) ?? { status, body: `${words}\n` };
    this.#send({ ...answer, fields }, true, false);
  }

  #send(
    { status, type = "text/plain; charset=utf-8", fields = [], body }: HttpAnswer,
    isLast: boolean,
    isHead: boolean,
  ): void {
    this.weight = 1;
    this.#isAnswering = false;
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

// The opening handshake of a WebSocket (RFC 6455 4.2).

const WEBSOCKET_VERSION = "13";
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 1.3
const WEBSOCKET_KEY = /^[A-Za-z\d+/]{21}[AQgw]==$/; // 16 bytes in base64

/** IRCv3's subprotocols, and the frames that each means. */
const SUBPROTOCOLS: Readonly<Record<string, FrameKind>> = { "text.ircv3.net": "text", "binary.ircv3.net": "binary" };

/** An accepted handshake: the fields of the answer, and the type of the frames to send. */
interface Handshake {
  readonly fields: readonly string[];
  readonly kind: FrameKind;
}

/** Whether a request asks for a WebSocket. */
export function asksForWebSocket(head: RequestHead): boolean {
  return wordsOf(head, "upgrade").includes("websocket");
}

/** Accepts or refuses a request for a WebSocket. */
export function shakeHands(head: RequestHead): Handshake | HttpFault {
  const { fields } = head;
  if (head.method !== "GET" || head.version !== "1.1")
    return { status: 400, words: "A WebSocket begins with GET and HTTP/1.1." };
  if (!wordsOf(head, "connection").includes("upgrade"))
    return { status: 400, words: "A WebSocket begins with the field Connection: Upgrade." };
  const versions = fields.get("sec-websocket-version") ?? [];
  if (versions.length !== 1 || versions[0] !== WEBSOCKET_VERSION) {
    const words = `The version of WebSocket is ${WEBSOCKET_VERSION} here: Sec-WebSocket-Version: ${WEBSOCKET_VERSION}`;
    return { status: 426, words, fields: ["Upgrade: websocket", `Sec-WebSocket-Version: ${WEBSOCKET_VERSION}`] };
  }
  const [key = "", ...more] = fields.get("sec-websocket-key") ?? [];
  if (more.length > 0 || !WEBSOCKET_KEY.test(key))
    return { status: 400, words: "A WebSocket begins with one Sec-WebSocket-Key: 16 bytes in base64." };
  const name = listOf(fields, "sec-websocket-protocol").find((each) => Object.hasOwn(SUBPROTOCOLS, each));
  const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  const answer = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
  if (name === undefined) return { fields: answer, kind: "text" };
  return { fields: [...answer, `Sec-WebSocket-Protocol: ${name}`], kind: SUBPROTOCOLS[name] ?? "text" };
}
