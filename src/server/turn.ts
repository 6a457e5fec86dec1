import type { Cast } from "./cast.ts";
import type { Outbox } from "./outbox.ts";
import { Tally } from "./tally.ts";

const SPARE = 64; // buffers kept for the next turns
const LONG = 3; // ms of a turn, after which it takes in nothing more from those who can wait
const MUCH = 1 << 17; // bytes laid down for peers, after which it does not either: about as long to send
const MANY = 128; // peers that are sent something, after which it does not either: each send takes some 10 µs
const LARGEST = 1 << 20; // bytes of a buffer worth keeping

/**
 * One turn of the event loop: all input that has come is handled, then the store commits once, then every outbox with
 * something to send is flushed with one write. So nobody sees what a crash would lose, and a commit and a system call
 * are shared by all that happened meanwhile.
 *
 * It ends in `setImmediate`, which comes once per batch of socket events. A microtask would come after each socket's
 * callback, and would put nothing together; a timer would add its delay when there is nothing to wait for.
 */
export class Turn {
  readonly tally: Tally;
  readonly #commit: () => boolean;
  readonly #end = () => this.end();
  #marked: Outbox[] = [];
  #casts: Cast[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  readonly #provisional = new Set<Uint8Array>();
  /** Bytes laid down in this turn, once for each peer that is sent them. */
  laid = 0;
  #begun = false;
  /** When it has begun, in milliseconds. */
  #since = 0;

  /** `commit` is called before anything is sent; false: what was said in the turn could not be stored. */
  constructor(commit: () => boolean, tally = new Tally()) {
    this.#commit = commit;
    this.tally = tally;
  }

  /** It has enough to do: what can wait is for the next one. */
  get isFull(): boolean {
    return this.isFullOf(MANY);
  }

  /** The same, where so many peers may be sent something, if that is many. */
  isFullOf(peers: number): boolean {
    if (!this.#begun) return false;
    const isBroad = this.#marked.length > Math.max(peers, MANY);
    return isBroad || this.laid > MUCH || performance.now() - this.#since > LONG;
  }

  /** How many peers are sent something at its end. */
  get breadth(): number {
    return this.#marked.length;
  }

  /** Something has come in, of so many bytes, or is to be sent: the turn will end soon. */
  begin(received = 0): void {
    this.tally.bytesIn += received;
    if (this.#begun) return;
    this.#begun = true;
    this.#since = performance.now();
    setImmediate(this.#end);
  }

  /** The outbox has something to send at the end of the turn. */
  mark(outbox: Outbox): void {
    this.#marked.push(outbox);
    this.begin();
  }

  /** The cast is in use until the end of the turn. */
  use(cast: Cast): void {
    this.#casts.push(cast);
  }

  /** Bytes that are not to be sent if the turn cannot be stored. */
  markProvisional(bytes: Uint8Array): void {
    this.#provisional.add(bytes);
  }

  isProvisional(bytes: Uint8Array): boolean {
    return this.#provisional.has(bytes);
  }

  /** A buffer of at least so many bytes, of any content. */
  borrow(size: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare.pop();
    if (spare && spare.length >= size) return spare;
    return new Uint8Array(size);
  }

  giveBack(buffer: Uint8Array<ArrayBuffer>): void {
    if (this.#spare.length < SPARE && buffer.length <= LARGEST) this.#spare.push(buffer);
  }

  /** Commits and flushes now. */
  end(): void {
    this.#begun = false;
    this.laid = 0;
    const isStored = this.#commit();
    const marked = this.#marked;
    const casts = this.#casts;
    this.#marked = [];
    this.#casts = [];
    if (!isStored) for (const outbox of marked) outbox.dropProvisional();
    for (const outbox of marked) outbox.flush();
    for (const cast of casts) cast.rest();
    if (this.#provisional.size > 0) this.#provisional.clear();
    // Only now: what these cause belongs to the next turn.
    if (marked.length > 0) this.tally.turns.add((performance.now() - this.#since) / 1000);
    for (const outbox of marked) outbox.flushed();
  }
}
