import { createHash } from "node:crypto";
import type { FrameKind } from "./frames.ts";
import { type HttpFault, listOf, type RequestHead, wordsOf } from "./head.ts";

/** The opening handshake of a WebSocket (RFC 6455 4.2). */

const VERSION = "13";
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 1.3
const KEY = /^[A-Za-z\d+/]{21}[AQgw]==$/; // 16 bytes in base64

/** IRCv3's subprotocols, and the frames that each means. */
const SUBPROTOCOLS: Readonly<Record<string, FrameKind>> = { "text.ircv3.net": "text", "binary.ircv3.net": "binary" };

/** An accepted handshake: the fields of the answer, and the type of the frames to send. */
export interface Handshake {
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
  if (versions.length !== 1 || versions[0] !== VERSION) {
    const words = `The version of WebSocket is ${VERSION} here: Sec-WebSocket-Version: ${VERSION}`;
    return { status: 426, words, fields: ["Upgrade: websocket", `Sec-WebSocket-Version: ${VERSION}`] };
  }
  const [key = "", ...more] = fields.get("sec-websocket-key") ?? [];
  if (more.length > 0 || !KEY.test(key))
    return { status: 400, words: "A WebSocket begins with one Sec-WebSocket-Key: 16 bytes in base64." };
  const name = listOf(fields, "sec-websocket-protocol").find((each) => Object.hasOwn(SUBPROTOCOLS, each));
  const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  const answer = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
  if (name === undefined) return { fields: answer, kind: "text" };
  return { fields: [...answer, `Sec-WebSocket-Protocol: ${name}`], kind: SUBPROTOCOLS[name] ?? "text" };
}
