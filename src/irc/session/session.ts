import { isUtf8 } from "node:buffer";
import type { Login } from "../../chat/model/account.ts";
import type { Act } from "../../chat/model/act.ts";
import type { ChatEvent } from "../../chat/model/event.ts";
import type { Member } from "../../chat/model/member.ts";
import type { Refusal } from "../../chat/model/refusal.ts";
import type { Room } from "../../chat/model/room.ts";
import type { ActOutcome, Session } from "../../chat/model/session.ts";
import { isIgnored, NOBODY } from "../../commands/talk.ts";
import { decode } from "../../text/bytes.ts";
import { showLine } from "../../text/filter.ts";
import type { Folded } from "../../text/fold.ts";
import { type Closing, closing } from "../../wire/closing.ts";
import { type Message, parse } from "../../wire/message.ts";
import type { Numeric } from "../../wire/numerics.ts";
import type { Peer, Protocol } from "../../wire/protocol.ts";
import { isSameSecret } from "../../wire/secrets.ts";
import { CAP, type CapBit, type CapSet, FORM, hasCap } from "../capabilities.ts";
import { metadataOfWatched } from "../commands/metadata.ts";
import { stopWatching, tellPresence } from "../commands/monitor.ts";
import { expire, type Multiline } from "../commands/multiline.ts";
import type { Exchange } from "../commands/sasl.ts";
import { refuseBytes } from "../render/faults.ts";
import { isTooLong, lineOf, numericLine, tellNotice } from "../render/line.ts";
import { explain } from "../render/refusals.ts";
import { IrcRenderGroup } from "../render/render-group.ts";
import type { IrcServer } from "../server.ts";
import { deliver, deliverGlimpse } from "./deliver.ts";
import { carryOut } from "./dispatch.ts";
import { Registration } from "./registration.ts";
import { catchUp } from "./replay.ts";
import type { Replies } from "./replies.ts";
import { SessionOutput } from "./sending.ts";

const PING_AFTER = 90_000; // ms without a byte (Ergo)
const DROP_AFTER = 150_000; // ms without a byte (Ergo)
const REGISTER_WITHIN = 60_000; // ms (Ergo)
const BEFORE_MISSED = new Set(["MODE", "CAP", "PONG"]); // what comes before a client does anything
const NO_CAPS: CapSet = { first: 0, second: 0 };
const NO_KEYS: ReadonlySet<string> = new Set();
const LONGEST_LABEL = 64; // bytes (IRCv3 labeled-response)

/**
 * One IRC client: its lines become acts and questions, and what happens becomes lines.
 *
 * `registration` is there until the client is a member; what a labelled command causes is gathered in `#sending`.
 */
export class IrcSession implements Protocol, Session {
  readonly id: number;
  readonly peer: Peer;
  readonly server: IrcServer;
  member: Member | undefined;
  registration: Registration | undefined = new Registration();
  /** The highest version that came with CAP LS. */
  capVersion = 0;
  /** The nicks it watches, as it wrote them. */
  readonly watched = new Map<Folded, string>();
  #caps: CapSet = NO_CAPS;
  /** What of its capabilities changes how an event looks. */
  form = 0;
  /** The keys of metadata whose changes it is told. */
  subscriptions: ReadonlySet<string> = NO_KEYS;
  readonly #sending: SessionOutput;
  #pinged = false;
  /** The message of several lines that it is sending. */
  multiline: Multiline | undefined;
  /** The reference of the last batch that was refused, or given up: what still comes of it is dropped. */
  refusedBatch: string | undefined;
  /** The account it has proved to be its own, until it is a member. */
  account: Login | undefined;
  /** The exchange of AUTHENTICATE that it is in. */
  sasl: Exchange | undefined;
  /** The last response of AUTHENTICATE was too long, and the rest of its chunks is dropped. */
  dropsSasl = false;
  #isGone = false;
  /** It has had its last line. */
  #isClosed = false;
  /** The parts of the current line that are left to do, and its label. */
  #parts: Iterator<void> | undefined;
  isUnfinished = false;
  #kept: Replies | undefined;
  #weight = 1;
  /** Refusals that the current line has been answered with: the same one is told once. */
  #refused: Set<string> | undefined;
  #ignored: ReadonlySet<Folded> = NOBODY;

  constructor(peer: Peer, server: IrcServer) {
    this.id = peer.id;
    this.peer = peer;
    this.server = server;
    this.#sending = new SessionOutput(peer, server.name);
    server.counts.unknown++;
  }

  /** The capabilities that are on. */
  get caps(): CapSet {
    return this.#caps;
  }

  set caps(caps: CapSet) {
    const rooms = this.member?.rooms ?? [];
    for (const room of rooms) this.unfollow(room);
    this.#caps = caps;
    this.form = caps.first & FORM;
    if (!hasCap(caps, CAP.batch)) this.form &= ~CAP.multiline;
    for (const room of rooms) this.follow(room);
  }

  /** Nicks whose words it is not sent. */
  get ignored(): ReadonlySet<Folded> {
    return this.#ignored;
  }

  set ignored(nicks: ReadonlySet<Folded>) {
    if (nicks === this.#ignored) return;
    const rooms = this.member?.rooms ?? [];
    for (const room of rooms) this.unfollow(room);
    this.#ignored = nicks;
    for (const room of rooms) this.follow(room);
  }

  has(cap: CapBit): boolean {
    return hasCap(this.#caps, cap);
  }

  /** Whether it has given the server's password, where there is one; a member has. */
  get knowsPassword(): boolean {
    const { password } = this.server.config;
    if (password === "" || this.member) return true;
    return isSameSecret(this.registration?.password ?? "", password);
  }

  /** What the client is called in replies to it. */
  get nick(): string {
    return this.member?.nick ?? this.registration?.nick ?? "*";
  }

  /** Missed messages are still to be shown. */
  #owesMissed = false;

  /** Shows missed messages soon: a client may say first that it is a bot, and bots are shown none. */
  catchUpSoon(): void {
    this.#owesMissed = true;
    this.peer.soon(() => this.#catchUp());
  }

  #catchUp(): void {
    if (this.#owesMissed) catchUp(this);
    this.#owesMissed = false;
  }

  // Protocol: what the connection brings.

  /** A line is weighed once all its parts are done. */
  get weight(): number {
    return this.#parts ? 0 : this.#weight;
  }

  line(bytes: Uint8Array): void {
    this.#pinged = false;
    this.#weight = 1;
    if (isTooLong(bytes)) return this.#refuseLength();
    const text = decode(bytes);
    const message = parse(text);
    if (!message) return;
    if (this.#owesMissed && !BEFORE_MISSED.has(message.command.toUpperCase())) this.#catchUp();
    this.#handle(message, text, !text.includes("\ufffd") || isUtf8(bytes));
  }

  goOn(): void {
    this.#sending.resume(this.#kept);
    this.#advance();
  }

  overlong(): void {
    this.numeric("ERR_INPUTTOOLONG");
    this.close(closing("line-length"));
  }

  /** Whoever has closed their side is not told that it is over. */
  end(): void {
    this.peer.finish(closing("closed"));
  }

  gone({ words }: Closing): void {
    this.#isGone = true;
    this.#setParts(undefined);
    if (this.registration) this.#settled();
    stopWatching(this);
    // It may be about to come in: then it goes at once.
    this.submit({ type: "lose", reason: words });
  }

  farewell(closing: Closing): void {
    if (this.member) this.send(this.server.name, "NOTICE", [this.nick], closing.words);
    this.close(closing);
  }

  housekeep(now: number): void {
    expire(this, now);
    const idle = now - this.peer.heard;
    if (this.registration) {
      if (now - this.peer.since > REGISTER_WITHIN) this.close(closing("registration-time"));
    } else if (idle > DROP_AFTER) {
      this.close(closing("silence", `Ping timeout: ${DROP_AFTER / 1000} seconds`));
    } else if (idle > PING_AFTER && !this.#pinged) {
      this.#pinged = true;
      this.peer.push(Buffer.from(`PING ${this.server.name}\r\n`));
    }
  }

  // Session: what the chat tells.

  tell(event: ChatEvent): void {
    const isOwn = event.origin === this.id;
    if (isOwn || !isIgnored(event, this.#ignored)) deliver(this, event, isOwn);
  }

  refuse(refusal: Refusal, act: Act): void {
    if (this.#isNews(refusal)) explain(this, refusal, act);
  }

  /** Whether a refusal was not told yet in answer to the present line. */
  #isNews(refusal: Refusal): boolean {
    const told = JSON.stringify(refusal);
    if (this.#refused?.has(told)) return false;
    this.#refused ??= new Set();
    this.#refused.add(told);
    return true;
  }

  follow(room: Room): void {
    IrcRenderGroup.for(room, this).add(this);
  }

  unfollow(room: Room): void {
    IrcRenderGroup.find(room, this)?.remove(this);
  }

  unstored(): void {
    this.peer.discard();
    this.close(closing("not-stored"));
  }

  notify(text: string): void {
    tellNotice(this, text);
  }

  presenceChanged(nick: string, present: boolean): void {
    tellPresence(this, [nick], present);
    if (present) metadataOfWatched(this, nick);
  }

  watchedChanged(event: ChatEvent): void {
    deliverGlimpse(this, event);
  }

  // What commands use.

  submit(act: Act): void {
    this.server.chat.submit(this, act);
  }

  /** Has the chat do it; its refusals go to `refused`, and `then` is called once all is told that came of it. */
  ask(act: Act, refused: (refusal: Refusal) => void, then?: (outcome: ActOutcome) => void): void {
    this.server.chat.submit(this, act, then, (refusal) => {
      if (this.#isNews(refusal)) refused(refusal);
    });
  }

  /** The client has become a member. */
  registered(): void {
    this.account = undefined;
    if (this.registration) this.#settled();
  }

  /** A name that no other open batch of this session has. */
  nextBatch(): string {
    return this.#sending.nextBatch();
  }

  /** A numeric reply: `:server CODE nick params :words`. */
  numeric(name: Numeric, ...params: string[]): void {
    this.#sending.reply(numericLine(this.server.name, this.nick, name, ...params));
  }

  /** A line from the server, or from anyone, to this session alone; `text` is free, and the last of its parameters. */
  send(source: string, command: string, params: readonly string[], text?: string): void {
    this.#sending.reply(`${showLine(lineOf(source, command, params, text))}\r\n`);
  }

  /** A standard reply: `FAIL COMMAND CODE context :words`. */
  fail(command: string, code: string, context: readonly string[], words: string): void {
    this.send(this.server.name, "FAIL", [command, code, ...context], words);
  }

  /** Queues a line without its CR LF, as what may be shown; in a labelled command it waits to be labelled. */
  emit(line: string): void {
    this.#sending.reply(`${showLine(line)}\r\n`);
  }

  /** Queues lines that have their CR LF. */
  emitAll(lines: string): void {
    this.#sending.reply(lines);
  }

  /** Queues the bytes of what the session has caused itself: part of its reply. */
  echo(bytes: Uint8Array): void {
    this.#sending.echo(bytes);
  }

  /** Queues bytes that are no reply: behind the replies of the command that is being carried out, and without its label. */
  deliver(bytes: Uint8Array, provisional: boolean): void {
    this.#sending.deliver(bytes, provisional);
  }

  /** A long answer, its lines without CR LF: they are made as the client reads them. */
  emitLong(lines: Iterable<string>): void {
    this.#sending.draw(lines);
  }

  /** Keeps the label of this command for later: nothing is answered now. */
  takeReplies(): Replies | undefined {
    return this.#sending.take();
  }

  /** What follows is gathered under a label that was kept. */
  resumeReplies(replies: Replies | undefined): void {
    this.#sending.resume(replies);
  }

  /** Handles each thing that the current line names in a part of its own; the line weighs as many lines. */
  forEach<T>(things: readonly T[], work: (thing: T) => void): void {
    const [only] = things;
    if (things.length === 1 && only !== undefined) return work(only);
    this.weigh(Math.max(0, things.length - 1));
    this.#setParts(partsOf(things, work));
  }

  /** The current line weighs so much more where floods are counted; it weighs one, if nothing is said. */
  weigh(more: number): void {
    this.#weight += more;
  }

  /** Ends the labelled reply that was resumed. */
  endReplies(): void {
    this.#sending.end();
  }

  /** The last line to this client, and the end. */
  close(closing: Closing): void {
    this.#isClosed = true;
    this.#setParts(undefined);
    this.#sending.cut();
    this.emit(`ERROR :Closing Link: ${this.server.name} (${closing.words})`);
    this.#sending.end();
    this.peer.finish(closing);
  }

  /**
   * Waits for what takes time, and then goes on where the command was, unless the client has gone. The client's next
   * line waits too; what others cause meanwhile is sent at once, and stays outside the command's label.
   */
  wait<T>(work: Promise<T>, then: (result: T) => void): void {
    const replies = this.#sending.take();
    this.peer.hold();
    work
      .then((result) => {
        if (this.#isGone) return;
        this.#sending.resume(replies);
        try {
          then(result);
        } finally {
          this.#sending.end();
        }
      })
      .catch((error: unknown) => {
        this.peer.report(error);
        if (!this.#isGone) this.close(closing("bug"));
      })
      .finally(() => this.peer.release());
  }

  #handle(message: Message, text: string, isUtf8: boolean): void {
    this.#refused = undefined;
    this.#sending.begin(message.tags.size > 0 ? this.#labelOf(message) : undefined);
    try {
      if (isUtf8) carryOut(this, message, text);
      else this.#refuseBytes(message);
      if (this.#parts) this.#advance();
    } finally {
      this.#sending.end();
    }
  }

  /** Does the next part of the current line; its label is kept for the part behind that. */
  #advance(): void {
    const parts = this.#parts;
    this.#setParts(undefined);
    try {
      if (!parts || parts.next().done || this.#isClosed) return;
      this.#setParts(parts);
      this.#kept = this.#sending.take();
    } finally {
      this.#sending.end();
    }
  }

  #setParts(parts: Iterator<void> | undefined): void {
    this.#parts = parts;
    this.isUnfinished = parts !== undefined;
  }

  #labelOf({ tags }: Message): string | undefined {
    const label = tags.get("label") ?? "";
    const isOne = label !== "" && Buffer.byteLength(label) <= LONGEST_LABEL;
    return isOne && this.has(CAP.labeledResponse | CAP.batch) ? label : undefined;
  }

  #refuseLength(): void {
    this.server.refused("line-length");
    this.numeric("ERR_INPUTTOOLONG");
  }

  #refuseBytes({ command, params }: Message): void {
    this.server.refused("not-utf8");
    const row = this.server.commands.get(command.toUpperCase());
    if ((row?.isFor?.(this) ?? true) && row?.refuseBytes?.(this, params)) return;
    const name = command.includes("\ufffd") ? "*" : command.toUpperCase();
    refuseBytes(this, name);
  }

  #settled(): void {
    this.registration = undefined;
    this.server.counts.unknown--;
  }
}

function* partsOf<T>(things: readonly T[], work: (thing: T) => void): Generator<void, void, undefined> {
  for (const [at, thing] of things.entries()) {
    if (at > 0) yield;
    work(thing);
  }
}
