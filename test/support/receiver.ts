/** A web server that receives the posts of the chat server. */

import type { Vouched } from "./certificates.ts";
import { Condition } from "./patience.ts";

/** A request as it came. */
export interface Arrived {
  readonly path: string;
  readonly headers: Headers;
  readonly text: string;
}

/** The receiver; use it with `await using`. */
export interface Receiver extends AsyncDisposable {
  readonly port: number;
  /** Waits for the next request. Fails if none comes. */
  next(): Promise<Arrived>;
  /** The requests that no test has waited for yet. */
  readonly left: readonly Arrived[];
  /** Answers this from now on, with these headers. */
  answers(status: number, headers?: Record<string, string>): void;
}

/** Starts a receiver on a free port of 127.0.0.1; with a certificate it speaks https. `read` turns a body into text. */
export function startReceiver(certificate?: Vouched, read = (body: Buffer) => body.toString()): Receiver {
  const arrived: Arrived[] = [];
  const came = new Condition();
  let answer: { status: number; headers: Record<string, string> } = { status: 201, headers: {} };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    ...(certificate && { tls: { key: certificate.key, cert: certificate.cert } }),
    async fetch(request) {
      const body = Buffer.from(await request.arrayBuffer());
      const { pathname: path } = new URL(request.url);
      arrived.push({ path, headers: request.headers, text: read(body) });
      came.notify();
      return new Response(null, answer);
    },
  });
  return {
    port: server.port ?? 0,
    async next() {
      await came.until(() => arrived.length > 0);
      const first = arrived.shift();
      if (!first) throw new Error("No request came");
      return first;
    },
    left: arrived,
    answers: (status, headers = {}) => {
      answer = { status, headers };
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
}
