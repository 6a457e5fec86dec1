import { isUtf8 } from "node:buffer";
import type { Login } from "../../chat/model/account.ts";
import type { Act } from "../../chat/model/act.ts";
import type { ChatEvent } from "../../chat/model/event.ts";
import type { Member } from "../../chat/model/member.ts";
import type { Refusal } from "../../chat/model/refusal.ts";
import type { Room } from "../../chat/model/room.ts";
import type { ActOutcome, Session } from "../../chat/model/session.ts";
import { isIgnored } from "../../chat/visibility.ts";
import { NOBODY } from "../../commands/talk.ts";
import { decode } from "../../text/bytes.ts";
import { showLine } from "../../text/filter.ts";
import type { Folded } from "../../text/fold.ts";
import { type Closing, closing } from "../../wire/closing.ts";
import { type Message, parse } from "../../wire/message.ts";
import type { Numeric } from "../../wire/numerics.ts";
import type { Peer, Protocol } from "../../wire/protocol.ts";
import { isSameSecret } from "../../wire/secrets.ts";
import { CAP, type CapBit, type CapSet, FORM, hasCap } from "../capabilities.ts";
import { expire, type Multiline } from "../commands/messages.ts";
import { metadataOfWatched, usesMetadata } from "../commands/metadata.ts";
import { stopWatching, tellPresence } from "../commands/monitor.ts";
import type { Exchange } from "../commands/sasl.ts";
import { isTooLong, lineOf, numericLine, tellNotice } from "../render/line.ts";
import { explain, refuseBytes } from "../render/refusals.ts";
import { IrcRenderGroup } from "../render/render.ts";
import type { IrcServer } from "../server.ts";
import { deliver, deliverWatched } from "./deliver.ts";
import { commandFor, dispatch } from "./dispatch.ts";
import { PendingActs, type Replies, SessionOutput } from "./output.ts";
import { Registration } from "./registration.ts";
import { catchUp, restoreRooms } from "./replay.ts";

const PING_AFTER = 90_000; // ms without a byte (Ergo)
const DROP_AFTER = 150_000; // ms without a byte (Ergo)
const REGISTER_WITHIN = 60_000; // ms (Ergo)
const SENT_UNASKED = new Set(["MODE", "CAP", "PONG", "NICK"]); // by clients, after the greeting or a login
const NOTHING_DUE: readonly ((session: IrcSession) => void)[] = [];
const NO_CAPS: CapSet = { first: 0, second: 0 };
const NO_KEYS: ReadonlySet<string> = new Set();
const LONGEST_LABEL = 64; // bytes (IRCv3 labeled-response)

/**
 * The session of one IRC client: runs its lines as commands, and sends it the chat's events.
 *
 * `registration` is set until the client is a member. All output goes through `#output`, which labels replies.
 */
export class IrcSession implements Protocol, Session {
  readonly id: number;
  readonly peer: Peer;
  readonly server: IrcServer;
  member: Member | undefined;
  registration: Registration | undefined = new Registration();
  /** The highest version in a CAP LS. */
  capVersion = 0;
  /** The MONITOR list, in the client's spelling. */
  readonly watched = new Map<Folded, string>();
  #caps: CapSet = NO_CAPS;
  /** The capabilities that change an event's bytes: those of `FORM`. */
  form = 0;
  /** The metadata keys that the client has subscribed to. */
  subscriptions: ReadonlySet<string> = NO_KEYS;
  readonly #output: SessionOutput;
  readonly #pending: PendingActs;
  #pinged = false;
  /** The open draft/multiline batch. */
  multiline: Multiline | undefined;
  /** The reference of the last refused or dropped batch; further lines of that batch are dropped. */
  refusedBatch: string | undefined;
  /** The account that the client has logged in to; used until it is a member. */
  account: Login | undefined;
  /** The SASL exchange in progress. */
  sasl: Exchange | undefined;
  /** Whether the last SASL message was too long, and its remaining chunks are dropped. */
  dropsSasl = false;
  /** Whether the connection has ended. */
  #isGone = false;
  /** Whether ERROR was sent and the connection is closing. */
  #isClosed = false;
  /** The remaining parts of the current line. */
  #parts: Iterator<void> | undefined;
  /** A line that waits until the acts before it are done. */
  #postponed: Uint8Array | undefined;
  isUnfinished = false;
  #weight = 1;
  /** The refusals sent for the current line, as JSON, so that each is sent only once. */
  #refused: Set<string> | undefined;
  #ignored: ReadonlySet<Folded> = NOBODY;

  constructor(peer: Peer, server: IrcServer) {
    this.id = peer.id;
    this.peer = peer;
    this.server = server;
    this.#output = new SessionOutput(peer, server.name);
    this.#pending = new PendingActs(peer, this.#output);
    server.counts.unknown++;
  }

  /** The rooms that the session follows. */
  get #rooms(): readonly Room[] {
    const { member } = this;
    if (!member) return [];
    return [...member.rooms].filter((room) => room.isWhere(member, this));
  }

  /** The enabled capabilities. */
  get caps(): CapSet {
    return this.#caps;
  }

  set caps(caps: CapSet) {
    const rooms = this.#rooms;
    for (const room of rooms) this.unfollow(room);
    this.#caps = caps;
    this.form = caps.first & FORM;
    if (!hasCap(caps, CAP.batch)) this.form &= ~CAP.multiline;
    if (!usesMetadata(this)) this.subscriptions = NO_KEYS;
    for (const room of rooms) this.follow(room);
  }

  /** The nicks whose messages are not sent to this session. */
  get ignored(): ReadonlySet<Folded> {
    return this.#ignored;
  }

  set ignored(nicks: ReadonlySet<Folded>) {
    if (nicks === this.#ignored) return;
    const rooms = this.#rooms;
    for (const room of rooms) this.unfollow(room);
    this.#ignored = nicks;
    for (const room of rooms) this.follow(room);
  }

  has(cap: CapBit): boolean {
    return hasCap(this.#caps, cap);
  }

  /** Whether the client has given the server's password, or the server has none. True for every member. */
  get knowsPassword(): boolean {
    const { password } = this.server.config;
    if (password === "" || this.member) return true;
    return isSameSecret(this.registration?.password ?? "", password);
  }

  get fingerprint(): string | undefined {
    return this.peer.fingerprint;
  }

  /** The client's nick in replies; `*` before it has one. */
  get nick(): string {
    return this.member?.nick ?? this.registration?.nick ?? "*";
  }

  /** Deferred work: done soon, and at the latest before the client's next command that is not in `SENT_UNASKED`. */
  #due = NOTHING_DUE;

  /** Replays offline messages soon, after the client may have set its bot mode: bots get none. */
  catchUpSoon(): void {
    this.#soon(catchUp);
  }

  /** Puts the client back in its rooms soon, unless it first takes another nick that is in them already. */
  restoreRoomsSoon(): void {
    this.#soon(restoreRooms);
  }

  /** Puts the client back in its rooms now, and cancels `restoreRoomsSoon`. */
  restoreRoomsNow(): void {
    this.#due = this.#due.filter((work) => work !== restoreRooms);
    restoreRooms(this);
  }

  #soon(work: (session: IrcSession) => void): void {
    if (this.#due.length === 0) this.peer.soon(() => this.#doDue());
    if (!this.#due.includes(work)) this.#due = [...this.#due, work];
  }

  #doDue(): void {
    const due = this.#due;
    this.#due = NOTHING_DUE;
    for (const work of due) work(this);
  }

  // `Protocol`, called by the connection.

  /** 0 until all parts of the line are done. */
  get weight(): number {
    return this.isUnfinished ? 0 : this.#weight;
  }

  line(bytes: Uint8Array): void {
    this.#pinged = false;
    this.#weight = 1;
    if (isTooLong(bytes)) return this.#refuseLength();
    const text = decode(bytes);
    const message = parse(text);
    if (!message) return;
    const command = message.command.toUpperCase();
    if (this.#due.length > 0 && !SENT_UNASKED.has(command)) this.#doDue();
    if (this.#pending.holds(command)) return this.#postpone(bytes);
    this.#handle(message, text, !text.includes("\ufffd") || isUtf8(bytes));
  }

  continueLine(): void {
    const postponed = this.#postponed;
    if (postponed) {
      this.#postpone(undefined);
      return this.line(postponed);
    }
    this.#pending.continue();
    this.#advance();
  }

  overlong(): void {
    this.numeric("ERR_INPUTTOOLONG");
    this.close(closing("line-length"));
  }

  /** A peer that has closed its side gets no ERROR. */
  end(): void {
    if (this.#pending.holds("QUIT")) return; // the connection calls `end` again
    this.peer.finish(closing("closed"));
  }

  gone({ words }: Closing): void {
    this.#isGone = true;
    this.#setParts(undefined);
    if (this.registration) this.#endRegistration();
    stopWatching(this);
    // If the member is still entering, it leaves as soon as it is in.
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

  // `Session`: called by the chat.

  tell(event: ChatEvent): void {
    const isOwn = event.origin === this.id;
    if (isOwn || !isIgnored(event, this.#ignored)) deliver(this, event, isOwn);
  }

  refuse(refusal: Refusal, act: Act): void {
    if (this.#isFirstTime(refusal)) explain(this, refusal, act);
  }

  /** Whether this refusal was not yet sent for the current line; marks it as sent. */
  #isFirstTime(refusal: Refusal): boolean {
    const json = JSON.stringify(refusal);
    if (this.#refused?.has(json)) return false;
    this.#refused ??= new Set();
    this.#refused.add(json);
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

  defer(act: Act): (run: () => void) => void {
    const within = this.#pending.deferAct(act);
    this.#refused ??= new Set();
    const refused = this.#refused;
    return (run) => {
      this.#refused = refused;
      within(run);
    };
  }

  watchedChanged(event: ChatEvent): void {
    deliverWatched(this, event);
  }

  // Called by commands.

  submit(act: Act): void {
    this.server.chat.submit(this, act);
  }

  /** Submits an act; `refused` handles its refusals, and `then` runs after the session has received all its events. */
  ask(act: Act, refused: (refusal: Refusal) => void, then?: (outcome: ActOutcome) => void): void {
    this.server.chat.submit(this, act, then, (refusal) => {
      if (this.#isFirstTime(refusal)) refused(refusal);
    });
  }

  /** Ends the registration: the client has become a member. */
  registered(): void {
    this.account = undefined;
    if (this.registration) this.#endRegistration();
  }

  /** A batch reference that this session has not used yet. */
  nextBatch(): string {
    return this.#output.nextBatch();
  }

  /** Sends a numeric reply: `:server CODE nick params :text`. */
  numeric(name: Numeric, ...params: string[]): void {
    this.#output.reply(numericLine(this.server.name, this.nick, name, ...params));
  }

  /** Sends a line from `source`, the server's name or a mask; `text` becomes the last parameter. */
  send(source: string, command: string, params: readonly string[], text?: string): void {
    this.#output.reply(`${showLine(lineOf(source, command, params, text))}\r\n`);
  }

  /** Sends a standard reply: `FAIL COMMAND CODE context :words`. */
  fail(command: string, code: string, context: readonly string[], words: string): void {
    this.send(this.server.name, "FAIL", [command, code, ...context], words);
  }

  /** Sends a line, given without its CR LF and filtered here. */
  emit(line: string): void {
    this.#output.reply(`${showLine(line)}\r\n`);
  }

  /** Sends lines that are filtered and have their CR LF. */
  emitAll(lines: string): void {
    this.#output.reply(lines);
  }

  /** Sends the bytes of an event that this session has caused, as part of its reply. */
  echo(bytes: Uint8Array): void {
    this.#output.echo(bytes);
  }

  /** Sends bytes that are not a reply: after the replies of the running command, and without its label. */
  deliver(bytes: Uint8Array, provisional: boolean): void {
    this.#output.deliver(bytes, provisional);
  }

  /** Streams a long answer: its lines, without CR LF, are generated as the client reads them. */
  emitLong(lines: Iterable<string>): void {
    this.#output.stream(lines);
  }

  /** Suspends the reply of the running command. */
  suspendReplies(): Replies | undefined {
    return this.#output.suspend();
  }

  /** Continues a suspended reply. */
  resumeReplies(replies: Replies | undefined): void {
    this.#output.resume(replies);
  }

  /** Runs `work` for each target of the current line, each as a separate part that costs as much as a line. */
  forEach<T>(targets: readonly T[], work: (target: T) => void): void {
    const [only] = targets;
    if (targets.length === 1 && only !== undefined) return work(only);
    this.weigh(Math.max(0, targets.length - 1));
    this.#setParts(partsOf(targets, work));
  }

  /** Adds to the cost of the current line in the rate limiter's tokens, which is 1 by default. */
  weigh(more: number): void {
    this.#weight += more;
  }

  /** Completes a reply that was resumed. */
  endReplies(): void {
    this.#output.end();
  }

  /** Sends ERROR and closes the connection. */
  close(closing: Closing): void {
    this.#isClosed = true;
    this.#setParts(undefined);
    this.#output.cut();
    this.emit(`ERROR :Closing Link: ${this.server.name} (${closing.words})`);
    this.#output.end();
    this.peer.finish(closing);
  }

  /**
   * Waits for asynchronous work, then continues the command, unless the client has disconnected. The client's next line
   * waits too. Output of other origin is sent meanwhile, without the command's label.
   */
  wait<T>(work: Promise<T>, then: (result: T) => void): void {
    const within = this.#pending.defer();
    this.peer.hold();
    work
      .then((result) => {
        if (!this.#isGone) within(() => then(result));
      })
      .catch((error: unknown) => {
        this.peer.report(error);
        if (!this.#isGone) this.close(closing("bug"));
      })
      .finally(() => this.peer.release());
  }

  #handle(message: Message, text: string, isUtf8: boolean): void {
    this.#refused = undefined;
    this.#output.begin(message.tags.size > 0 ? this.#labelOf(message) : undefined);
    try {
      if (isUtf8) dispatch(this, message, text);
      else this.#refuseBytes(message);
      if (this.#parts) this.#advance();
    } finally {
      this.#pending.end();
    }
  }

  #postpone(line: Uint8Array | undefined): void {
    this.#postponed = line;
    this.isUnfinished = line !== undefined;
  }

  /** Does the next part of the current line, and suspends its reply until the part after that. */
  #advance(): void {
    const parts = this.#parts;
    this.#setParts(undefined);
    try {
      if (!parts || parts.next().done || this.#isClosed) return;
      this.#setParts(parts);
      this.#pending.pause();
    } finally {
      this.#pending.end();
    }
  }

  #setParts(parts: Iterator<void> | undefined): void {
    this.#parts = parts;
    this.isUnfinished = parts !== undefined;
  }

  #labelOf({ tags }: Message): string | undefined {
    const label = tags.get("label") ?? "";
    const isValid = label !== "" && Buffer.byteLength(label) <= LONGEST_LABEL;
    return isValid && this.has(CAP.labeledResponse | CAP.batch) ? label : undefined;
  }

  #refuseLength(): void {
    this.server.refused("line-length");
    this.numeric("ERR_INPUTTOOLONG");
  }

  #refuseBytes({ command, params }: Message): void {
    this.server.refused("not-utf8");
    const name = command.toUpperCase();
    if (commandFor(this, name)?.refuseBytes?.(this, params)) return;
    refuseBytes(this, command.includes("\ufffd") ? "*" : name);
  }

  #endRegistration(): void {
    this.registration = undefined;
    this.server.counts.unknown--;
  }
}

/** Runs `work` for each target, and yields between them. */
function* partsOf<T>(targets: readonly T[], work: (target: T) => void): Generator<void, void, undefined> {
  for (const [at, target] of targets.entries()) {
    if (at > 0) yield;
    work(target);
  }
}
