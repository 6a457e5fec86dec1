import { typedBytes } from "../../text/typed.ts";
import { LINE_IN } from "../../wire/limits.ts";
import { LineSplitter, type OVERLONG } from "../../wire/lines.ts";
import { controlKeyOf, isKey, KeyInput, TelnetFilter } from "./telnet.ts";

const LF = 10;
const NEWLINE = Uint8Array.of(LF);

/** Makes text of received bytes, which may be cut anywhere. What it swallows weighs in the rate limit. */
export interface InputFilter {
  filter(bytes: Uint8Array): Uint8Array;
  /** The bytes that it swallows are content, which is weighed elsewhere. */
  readonly isContent?: boolean;
}

/** Callbacks of a `LineInput`. */
export interface InputWatch {
  /** A fragment has come; it is not known yet how the peer ends its messages. */
  begun(): void;
  /** It is known now how the peer ends its messages. */
  settled(): void;
  /** Bytes without content, such as telnet commands, have come. */
  swallowed(count: number): void;
}

/**
 * Turns a peer's packets into lines.
 *
 * If the first packet is two characters or more without a newline, followed by silence, the peer writes bare messages:
 * each packet is a line from then on. If the first packet is a single key, the peer sends key by key. Packets are
 * processed one by one, as lines are asked for; waiting input costs no work.
 */
export class LineInput {
  readonly #watch: InputWatch;
  /** Packets that are not processed yet. */
  readonly #packets: Uint8Array[] = [];
  /** Bytes in `#packets`. */
  waiting = 0;
  readonly #lines = new LineSplitter(LINE_IN);
  #bare: "maybe" | "yes" | "no" = "maybe";
  /** Makes text of received bytes. `undefined` for programs that send text as it is: only people use telnet. */
  #filter: InputFilter | undefined = new TelnetFilter();
  /** Set while the peer sends key by key. */
  #keys: KeyInput | undefined;
  /** The peer has pressed Ctrl-C or Ctrl-D on an empty line, which counts as the end of input. */
  hasHungUp = false;

  constructor(watch: InputWatch) {
    this.#watch = watch;
  }

  push(bytes: Uint8Array): void {
    this.#packets.push(bytes);
    this.waiting += bytes.length;
  }

  /** Bytes of all input that is not handled yet, including an unfinished line. */
  get held(): number {
    return this.waiting + this.#lines.held;
  }

  /** No input can be handled now. Half a line does not count if the peer ends its lines with newlines. */
  get isAtRest(): boolean {
    return this.#bare === "no" ? this.waiting === 0 && !this.#lines.hasLine : this.held === 0;
  }

  /** Each packet is a message: the peer sends no newlines. */
  get isBare(): boolean {
    return this.#bare === "yes";
  }

  get isKeyByKey(): boolean {
    return this.#keys !== undefined;
  }

  /** The bytes after the lines taken so far that are not parsed yet. */
  get unread(): Uint8Array {
    return this.#lines.unread;
  }

  /** `next` or `takePacket` may have something. */
  get hasMore(): boolean {
    return !this.#lines.isDrained || this.#packets.length > 0;
  }

  /** The next line of the packets processed so far. */
  next(): Uint8Array | typeof OVERLONG | undefined {
    return this.#lines.isDrained ? undefined : this.#lines.next();
  }

  /** Takes the unfinished line. */
  takeRest(): Uint8Array | undefined {
    return this.#lines.takeRest();
  }

  /** Processes the next packet. False if there is none. */
  takePacket(): boolean {
    const bytes = this.#packets.shift();
    if (!bytes) return false;
    this.waiting -= bytes.length;
    const text = this.#filter?.filter(bytes) ?? bytes;
    if (text.length < bytes.length && !this.#filter?.isContent) this.#watch.swallowed(bytes.length - text.length);
    if (text.length === 0) return true;
    if (this.#bare === "no" && !this.#keys) this.#lines.push(text);
    else this.#take(text);
    return true;
  }

  /**
   * No newline has followed the first bytes: from now on each packet is a message. False if it was settled otherwise.
   */
  fragmentDue(): boolean {
    if (this.#bare !== "maybe" || this.waiting > 0) return false;
    this.#watch.settled();
    this.#bare = "yes";
    this.#lines.push(NEWLINE);
    return true;
  }

  /** Settles that the peer ends messages with newlines, unless it is known to write bare ones. */
  settle(): void {
    if (this.#bare !== "maybe") return;
    this.#bare = "no";
    this.#watch.settled();
  }

  /** The peer is a program that ends its lines: telnet and terminal sequences are left as they are. */
  takeAsIs(): void {
    this.settle();
    this.#filter = undefined;
    this.#keys = undefined;
  }

  /** All bytes that are not read as lines yet go through this filter first. */
  filterBy(filter: InputFilter): void {
    const unread = this.#lines.takeRest();
    this.#filter = filter;
    if (!unread) return;
    this.#packets.unshift(unread);
    this.waiting += unread.length;
  }

  /** Drops all input. */
  clear(): void {
    this.#packets.length = 0;
    this.waiting = 0;
    this.#lines.clear();
  }

  #take(text: Uint8Array): void {
    if (this.#bare === "maybe" && this.#lines.held === 0 && isKey(text)) {
      this.settle();
      this.#keys = new KeyInput();
    }
    const control = this.#keys && controlKeyOf(text);
    if (control) this.#handleControl(control);
    else this.#lines.push(this.#keys?.lines(text) ?? text);
    if (this.#bare === "yes" && text.at(-1) !== LF) this.#lines.push(NEWLINE);
    if (this.#bare !== "maybe") return;
    if (this.#lines.hasLine) this.settle();
    else this.#watch.begun();
  }

  /** Ctrl-C discards the typed line. On an empty line, Ctrl-C and Ctrl-D end the input. */
  #handleControl(control: "interrupt" | "end"): void {
    if (this.#lines.hasLine) return;
    const rest = this.#lines.takeRest();
    if (!rest || typedBytes(rest).length === 0) this.hasHungUp = true;
    else if (control === "end") this.#lines.push(rest);
  }
}
