import type { Peer, Protocol } from "../../wire/protocol.ts";
import { ForeignProtocol } from "./first-line.ts";

const WORDS = "This is a chat, not a web server. Talk to it with nc, an IRC client, or tcpchat client.\n";
const HEAD = `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${WORDS.length}\r\nConnection: close`;

/** Answers a web browser, or a web page that tries to post into the chat: no, and closes. */
export function refuseHttp(peer: Peer): Protocol {
  return new ForeignProtocol(peer, `${HEAD}\r\n\r\n${WORDS}`, "http");
}
