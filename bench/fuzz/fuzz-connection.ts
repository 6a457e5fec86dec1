import type { Socket } from "bun";
import { Nonsense } from "./nonsense.ts";

const TOGETHER = 16; // lines per write

/** The numbers so far. */
export interface Sent {
  connections: number;
  lines: number;
  /** Connections that the server neither served nor closed. */
  stuck: number;
}

/** The operations that plain and TLS sockets share here. */
interface Way {
  /** Sends, and waits until everything is taken; returns false if the connection is over. */
  send(bytes: Uint8Array): Promise<boolean>;
  end(): void;
  terminate(): void;
  readonly ended: Promise<void>;
}

/**
 * One connection's life: an opening, some lines of nonsense, and an end that may come at any time. A connection that
 * has not ended after `patience` ms counts as stuck.
 */
export async function visit(port: number, seed: number, most: number, sent: Sent, patience: number): Promise<void> {
  const nonsense = new Nonsense(seed);
  const face = nonsense.face();
  const way = await open(port, face === "tls");
  sent.connections++;
  const timer = setTimeout(() => {
    sent.stuck++;
    way.terminate();
  }, patience);
  const opening = nonsense.opening(face, `n${Math.abs(seed)}`);
  let goesOn = await way.send(typeof opening === "string" ? Buffer.from(opening) : opening);
  for (let left = nonsense.below(2 * most); goesOn && left > 0; ) {
    const count = Math.min(left, 1 + nonsense.below(2 * TOGETHER));
    left -= count;
    sent.lines += count;
    const next = () => (face === "websocket" ? nonsense.frame() : nonsense.line());
    const bytes = Buffer.concat(Array.from({ length: count }, next));
    // Packets end anywhere, not only at line ends.
    const cut = nonsense.below(bytes.length + 1);
    goesOn = (await way.send(bytes.subarray(0, cut))) && (await way.send(bytes.subarray(cut)));
  }
  if (nonsense.random() < 0.5) way.terminate();
  else way.end();
  await way.ended;
  clearTimeout(timer);
}

async function open(port: number, isSecure: boolean): Promise<Way> {
  const ended = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  let isOver = false;
  let drained: (() => void) | undefined;
  const over = () => {
    isOver = true;
    drained?.();
    ready.resolve();
    ended.resolve();
  };
  const socket: Socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    ...(isSecure && { tls: { rejectUnauthorized: false } }),
    socket: {
      data: () => {},
      drain: () => drained?.(),
      handshake: () => ready.resolve(),
      close: over,
      end: (peer) => void peer.end(),
      error: over,
    },
  });
  // What is written before is lost.
  if (isSecure) await ready.promise;
  const send = async (bytes: Uint8Array) => {
    for (let rest = bytes; !isOver && rest.length > 0; ) {
      const taken = Math.max(0, socket.write(rest));
      rest = rest.subarray(taken);
      if (rest.length === 0) break;
      await new Promise<void>((resolve) => {
        drained = resolve;
      });
    }
    return !isOver;
  };
  return { send, end: () => socket.end(), terminate: () => socket.terminate(), ended: ended.promise };
}
