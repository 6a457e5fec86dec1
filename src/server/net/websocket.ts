import { closeFrame, cutAt, type FrameKind, FrameReader, frameLines, MOST_LINES } from "../../web/frames.ts";
import { type Closing, closing } from "../../wire/closing.ts";
import { LINE_IN } from "../../wire/limits.ts";
import type { InputFilter } from "../peer/line-input.ts";
import type { Receiver, Remote, Transport } from "./transport.ts";

const NORMAL = 1000; // RFC 6455 7.4.1
const LF = 10;
const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Frames of the bytes written last. The members of a room are sent one object of bytes, so a message is framed once for
 * all of them.
 */
export class FrameCache {
  readonly kind: FrameKind;
  #lines: Uint8Array | undefined;
  #frames = NOTHING;

  constructor(kind: FrameKind) {
    this.kind = kind;
  }

  /** The lines as frames. The last result is cached: the bytes of an array must never change. */
  framesOf(lines: Uint8Array): Uint8Array {
    if (lines !== this.#lines) {
      this.#frames = frameLines(lines, this.kind);
      this.#lines = lines;
    }
    return this.#frames;
  }
}

/**
 * A WebSocket as a transport, over another transport (the carrier): a message is a line, and a line is a message
 * (IRCv3 websocket). It passes the frames on as they come; `filter` turns them into lines once the connection has the
 * time for them, so that reading frames is scheduled and limited like reading lines.
 *
 * The writer passes whole lines. A short write ends at a line's end: the rest of a frame that the carrier has not
 * taken is all that waits here.
 */
export class WebSocketTransport implements Transport, Receiver, InputFilter {
  receiver: Receiver | undefined;
  readonly #carrier: Transport;
  readonly #frames: FrameCache;
  readonly #reader = new FrameReader(LINE_IN);
  /** Bytes that the carrier has yet to take. */
  #rest = NOTHING;
  /** Pongs that wait behind them. */
  #pongs = NOTHING;
  /** The carrier's last write was short. */
  #isBlocked = false;
  /** The receiver knows that the peer's stream has ended. */
  #hasTold = false;
  /** Our side is ended; and the carrier is to be closed once everything is sent. */
  #isFinishing = false;
  #isClosing = false;

  /** `head`: the answer to the handshake, sent before everything else. */
  constructor(carrier: Transport, frames: FrameCache, head: Uint8Array) {
    this.#carrier = carrier;
    this.#frames = frames;
    carrier.receiver = this;
    this.#send(head);
  }

  get remote(): Remote {
    return this.#carrier.remote;
  }

  // Transport.

  write(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && !this.#isBlocked) {
      const lines = this.#linesFrom(bytes, at);
      const frames = this.#frames.framesOf(lines);
      const taken = this.#offer(frames);
      if (taken < 0) return taken;
      if (taken === frames.length) {
        at += lines.length;
        continue;
      }
      const cut = cutAt(lines, taken);
      this.#rest = frames.slice(taken, cut.frames);
      at += cut.lines;
    }
    return at;
  }

  get unsent(): number {
    return this.#rest.length + this.#carrier.unsent;
  }

  /** Sends a close frame first. */
  finish(): void {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    this.#send(this.#reader.end?.reply ?? closeFrame(NORMAL, ""));
    if (this.#rest.length === 0) this.#carrier.finish();
  }

  close(): void {
    this.#isClosing = true;
    this.finish();
    if (this.#rest.length === 0) this.#carrier.close();
  }

  terminate(): void {
    this.#carrier.terminate();
  }

  settled(): void {
    this.#carrier.settled?.();
  }

  pause(): void {
    this.#carrier.pause();
  }

  resume(): void {
    this.#carrier.resume();
  }

  /** Reads frames. At the end of the stream, and at a fault in it, the receiver is told that the input has ended. */
  filter(bytes: Uint8Array): Uint8Array {
    const lines = this.#reader.read(bytes);
    const pongs = this.#reader.takePongs();
    if (pongs.length > 0) this.#pong(pongs);
    const { end } = this.#reader;
    if (end && !this.#hasTold) {
      this.#hasTold = true;
      this.receiver?.ended(end.isPeers ? undefined : closing("websocket", `WebSocket: ${end.words}`));
    }
    return lines;
  }

  // Receiver of the carrier.

  received(bytes: Uint8Array): void {
    this.receiver?.received(bytes);
    if (!this.#isFinishing) return;
    // The decoder is detached: the frames are read here, so that the peer's close frame ends the carrier.
    this.#reader.read(bytes);
    if (this.#reader.end?.isPeers) this.close();
  }

  drained(): void {
    this.#isBlocked = false;
    const [rest, pongs] = [this.#rest, this.#pongs];
    this.#rest = NOTHING;
    this.#pongs = NOTHING;
    this.#send(rest);
    if (this.#rest.length > 0) {
      this.#pongs = pongs;
      return;
    }
    this.#send(pongs);
    if (this.#rest.length > 0) return;
    if (!this.#isFinishing) return this.receiver?.drained();
    if (this.#isClosing) this.#carrier.close();
    else this.#carrier.finish();
  }

  ended(): void {
    this.receiver?.ended();
  }

  closed(closing: Closing): void {
    this.receiver?.closed(closing);
    this.receiver = undefined;
  }

  failed(error: unknown): void {
    this.receiver?.failed(error);
  }

  get isAtRest(): boolean {
    return this.#rest.length === 0 && (this.receiver?.isAtRest ?? true);
  }

  /** As many whole lines as can be framed at once; the same object if that is all. */
  #linesFrom(bytes: Uint8Array, at: number): Uint8Array {
    if (at === 0 && bytes.length <= MOST_LINES) return bytes;
    const most = bytes.subarray(at, at + MOST_LINES);
    if (at + MOST_LINES >= bytes.length) return most;
    return most.subarray(0, most.lastIndexOf(LF) + 1 || most.length);
  }

  /** Sends the answer to pings. While the peer does not read, only the latest waits. */
  #pong(pongs: Uint8Array): void {
    if (this.#isFinishing) return;
    if (this.#isBlocked) this.#pongs = pongs;
    else this.#send(pongs);
  }

  #send(bytes: Uint8Array): void {
    const taken = this.#isBlocked || bytes.length === 0 ? 0 : Math.max(0, this.#offer(bytes));
    if (taken < bytes.length) this.#rest = Buffer.concat([this.#rest, bytes.subarray(taken)]);
  }

  #offer(bytes: Uint8Array): number {
    const taken = this.#carrier.write(bytes);
    this.#isBlocked = taken < bytes.length;
    return taken;
  }
}
