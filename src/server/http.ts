import type { Peer, Protocol } from "../wire/protocol.ts";

const WORDS = "This is a chat, not a web server. Talk to it with nc, an IRC client, or tcpchat client.\n";

/** Answers a web browser, or a web page that tries to post into the chat: no, and closes. */
export class HttpProtocol implements Protocol {
  readonly #peer: Peer;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  line(): void {
    const head = `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${WORDS.length}\r\nConnection: close`;
    this.#peer.push(Buffer.from(`${head}\r\n\r\n${WORDS}`));
    this.#peer.finish("Spoke HTTP");
  }

  overlong(): void {
    this.line();
  }

  end(): void {
    this.#peer.finish("Connection closed");
  }

  gone(): void {}

  farewell(reason: string): void {
    this.#peer.finish(reason);
  }

  tick(): void {}
}
