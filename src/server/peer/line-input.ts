import { typedBytes } from "../../text/typed.ts";
import { LINE_IN } from "../../wire/limits.ts";
import { LineSplitter, type OVERLONG } from "../../wire/lines.ts";
import { isKey, KeyInput, TelnetFilter, wishOf } from "./telnet.ts";

const LF = 10;
const NEWLINE = Uint8Array.of(LF);

/** What a peer's input tells whoever reads it. */
export interface InputWatch {
  /** Something has come that more may belong to: it is not known yet how the peer ends its messages. */
  begun(): void;
  /** It is known now. */
  settled(): void;
  /** Bytes have come in which nothing is said. */
  swallowed(count: number): void;
}

/**
 * Makes lines of the packets that a peer sends.
 *
 * A peer whose first packet is two characters or more without a newline, and then silence, writes bare messages: from
 * then on each packet is a line. If the first packet is a single key, the peer sends key by key. Packets are looked at
 * one by one, as lines are asked for: of what waits nothing is worked on ahead of its time.
 */
export class LineInput {
  readonly #watch: InputWatch;
  /** Packets that have come and were not looked at yet, and how many bytes they are. */
  readonly #packets: Uint8Array[] = [];
  /** Bytes of packets that were not looked at yet. */
  waiting = 0;
  readonly #lines = new LineSplitter(LINE_IN);
  #bare: "maybe" | "yes" | "no" = "maybe";
  /** Not there for one that speaks IRC: telnet's sequences are a person's. */
  #telnet: TelnetFilter | undefined = new TelnetFilter();
  /** There for one that sends key by key, and does not speak IRC. */
  #keys: KeyInput | undefined;
  /** The peer has asked by a key for what the end of input asks for. */
  hasHungUp = false;

  constructor(watch: InputWatch) {
    this.#watch = watch;
  }

  push(bytes: Uint8Array): void {
    this.#packets.push(bytes);
    this.waiting += bytes.length;
  }

  /** All bytes that wait. */
  get held(): number {
    return this.waiting + this.#lines.held;
  }

  /** Nothing has come that could be handled now: half a line of a peer that ends its lines waits for its end. */
  get isAtRest(): boolean {
    return this.#bare === "no" ? this.waiting === 0 && !this.#lines.hasLine : this.held === 0;
  }

  /** Each packet is a message. */
  get isBare(): boolean {
    return this.#bare === "yes";
  }

  get isKeyByKey(): boolean {
    return this.#keys !== undefined;
  }

  /** The bytes behind the lines that were taken, as far as they are not parsed yet. */
  get unread(): Uint8Array {
    return this.#lines.unread;
  }

  /** A line, or a packet that may have one, is there to be taken. */
  get hasMore(): boolean {
    return !this.#lines.isDrained || this.#packets.length > 0;
  }

  /** The next line of the packets that were looked at. */
  next(): Uint8Array | typeof OVERLONG | undefined {
    return this.#lines.isDrained ? undefined : this.#lines.next();
  }

  /** Takes what has come without a newline. */
  takeRest(): Uint8Array | undefined {
    return this.#lines.takeRest();
  }

  /** Looks at the next packet; answers whether there was one. */
  takePacket(): boolean {
    const bytes = this.#packets.shift();
    if (!bytes) return false;
    this.waiting -= bytes.length;
    const text = this.#telnet?.filter(bytes) ?? bytes;
    if (text.length < bytes.length) this.#watch.swallowed(bytes.length - text.length);
    if (text.length === 0) return true;
    if (this.#bare === "no" && !this.#keys) this.#lines.push(text);
    else this.#hear(text);
    return true;
  }

  /** No newline has followed the first bytes: if that is how it began, it writes bare messages. Answers whether it does. */
  fragmentOver(): boolean {
    if (this.#bare !== "maybe" || this.waiting > 0) return false;
    this.#watch.settled();
    this.#bare = "yes";
    this.#lines.push(NEWLINE);
    return true;
  }

  /** It ends its messages with newlines, unless it is known to write bare ones. */
  settle(): void {
    if (this.#bare !== "maybe") return;
    this.#bare = "no";
    this.#watch.settled();
  }

  /** It is a client's: what is telnet's, or a terminal's, is left as it is. */
  speakIrc(): void {
    this.#telnet = undefined;
    this.#keys = undefined;
  }

  /** Forgets all that has come. */
  clear(): void {
    this.#packets.length = 0;
    this.waiting = 0;
    this.#lines.clear();
  }

  #hear(text: Uint8Array): void {
    if (this.#bare === "maybe" && this.#lines.held === 0 && isKey(text)) {
      this.settle();
      this.#keys = new KeyInput();
    }
    const wish = this.#keys && wishOf(text);
    if (wish) this.#obey(wish);
    else this.#lines.push(this.#keys?.lines(text) ?? text);
    if (this.#bare === "yes" && text.at(-1) !== LF) this.#lines.push(NEWLINE);
    if (this.#bare !== "maybe") return;
    if (this.#lines.hasLine) this.settle();
    else this.#watch.begun();
  }

  /** Ctrl-C takes back what is typed so far; it and Ctrl-D end the input where nothing is. */
  #obey(wish: "interrupt" | "end"): void {
    if (this.#lines.hasLine) return;
    const rest = this.#lines.takeRest();
    if (!rest || typedBytes(rest).length === 0) this.hasHungUp = true;
    else if (wish === "end") this.#lines.push(rest);
  }
}
