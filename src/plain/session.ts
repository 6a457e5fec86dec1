import type { Chat } from "../chat/chat.ts";
import type { Account } from "../chat/model/account.ts";
import type { Act } from "../chat/model/act.ts";
import { type ChatEvent, type EventOf, LIVE_ONLY, mustBeStored, NOT_STORED } from "../chat/model/event.ts";
import type { Member } from "../chat/model/member.ts";
import { LOBBY } from "../chat/model/names.ts";
import type { Refusal } from "../chat/model/refusal.ts";
import type { Room } from "../chat/model/room.ts";
import type { ActOutcome, Asker, Session } from "../chat/model/session.ts";
import { keyLoginWords } from "../chat/words/accounts.ts";
import { hooksWords, keptWords } from "../chat/words/events.ts";
import { wordsFor } from "../chat/words/refusals.ts";
import { type CommandConfig, type CommandContext, type CommandServer, NO_ROOM, type Why } from "../commands/context.ts";
import { type AnswerLine, type ReaderView, renderHistory } from "../commands/history.ts";
import { COMMANDS, hintAfter, isCommand, runCommand, unescapeLine } from "../commands/table.ts";
import { ignoredAfterLogin, ignoredAfterRename } from "../commands/talk.ts";
import { decode, encode } from "../text/bytes.ts";
import { showLine } from "../text/filter.ts";
import { type Folded, fold } from "../text/fold.ts";
import { typed, typedBytes } from "../text/typed.ts";
import { type Closing, closing } from "../wire/closing.ts";
import { LINE_IN } from "../wire/limits.ts";
import type { Peer, Protocol } from "../wire/protocol.ts";
import { isSameSecret } from "../wire/secrets.ts";
import { answerLine, FollowedRooms, note, render } from "./render.ts";

const REPLAY = 20; // messages of a room that are replayed to a newcomer (ssh-chat)
const PASSWORD_WITHIN = 60_000; // ms, like the registration of an IRC client

/** A first line that may contain a password: in the way of IRC, or with the slash forgotten. */
const PASSWORD_LINE =
  /^\s*(?::\S+\s+)?(?:(?:pass|passwd|oper|login|identify|authenticate|register)(?:\s+\S+){1,2}\s*$|(?:nickserv|ns)\s+\w+\s+\S)/i;

const BUG = "That has failed because of a bug in the server. Its operator has been told; this connection is closed.";

/**
 * The session of a plain-text connection: nc, telnet, or a few lines of a program.
 *
 * The person is a guest in the lobby at once, or after the server's password if there is one. A line is a message to
 * the current room, or a slash command; all output is lines of text.
 */
export class PlainSession implements Protocol, Session, CommandContext {
  member: Member | undefined;
  readonly server: PlainServer;
  readonly commands = COMMANDS;
  readonly screen = { echoes: true };
  /** The cost of the last line in the rate limiter's tokens. */
  #weight = 1;
  readonly #peer: Peer;
  readonly #rooms: FollowedRooms;
  readonly #awayNotices = new AwayNotices();
  /** The password prompt; `undefined` once it is answered, or if there is no password. */
  #serverPassword: ServerPassword | undefined;
  /** A line that has come while the person was entering, or a command behind messages on their way: the peer is held. */
  #early: Uint8Array | undefined;
  /** In ordered mode: messages on their way, and whether the peer is held until they have come back. */
  #messages = 0;
  #isHeld = false;
  /** Whether a line was said: who has talked knows that lines are messages. */
  #hasSpoken = false;
  /** The last line that was not said, since it may contain a password. */
  #withheld: string | undefined;
  /** Whether the greeting is still to come. */
  #isNew = true;
  #isOver = false;
  /** The session is moving to another member, so the rooms that it leaves are not mentioned. */
  #isMoving = false;

  constructor(peer: Peer, server: PlainServer) {
    this.#peer = peer;
    this.server = server;
    this.#rooms = new FollowedRooms(this, peer);
  }

  get id(): number {
    return this.#peer.id;
  }

  get fingerprint(): string | undefined {
    return this.#peer.fingerprint;
  }

  // `Protocol`: called by the connection.

  begin(greeted: boolean): void {
    if (this.server.config.password === "") return this.#enter();
    this.#serverPassword = new ServerPassword(() => this.server.config.password);
    if (greeted) this.#promptForPassword();
  }

  line(bytes: Uint8Array): void {
    this.#weight = 1;
    if (this.#serverPassword) return this.#checkPassword(this.#serverPassword, typedBytes(bytes));
    const { member, current } = this;
    if (!member) {
      this.#early = bytes;
      return;
    }
    const raw = typed(decode(bytes));
    const text = showLine(raw);
    if (isCommand(text)) {
      if (!this.#mustWait()) return runCommand(this, member, text, raw);
      this.#early = bytes;
      return;
    }
    if (text.trim() === "") return;
    if (!current) return this.say(NO_ROOM);
    if (!this.#hasSpoken && PASSWORD_LINE.test(text) && text !== this.#withheld) return this.#withhold(text);
    this.#hasSpoken = true;
    const hint = hintAfter(text, current.name);
    this.act({ type: "say", to: current.name, kind: "words", text: unescapeLine(text) }, (outcome) => {
      if (hint !== undefined && outcome === "happened") this.say(hint);
    });
  }

  get weight(): number {
    return this.isUnfinished ? 0 : this.#weight;
  }

  get isUnfinished(): boolean {
    return this.#early !== undefined && !this.#isOver;
  }

  /** Handles the line that has come too early. */
  continueLine(): void {
    const early = this.#early;
    this.#early = undefined;
    if (early && this.member) this.line(early);
  }

  #withhold(text: string): void {
    this.#withheld = text;
    this.say("That was not said, for it may contain a password: /login logs in. The same line once more is said.");
  }

  overlong(): void {
    this.#close(`That line is longer than ${LINE_IN} bytes, so the connection is closed.`, closing("line-length"));
  }

  end(): void {
    if (this.#mustWait()) return; // it is called again
    this.#leave("");
    this.#peer.finish(closing("closed"));
  }

  gone({ words }: Closing): void {
    this.#leave(words, "lose");
  }

  farewell(closing: Closing): void {
    this.#close(closing.why === "bug" ? BUG : `${closing.words}.`, closing);
  }

  housekeep(now: number): void {
    if (this.#serverPassword && now - this.#peer.since > PASSWORD_WITHIN)
      this.#close(
        `No password has come within ${PASSWORD_WITHIN / 1000} seconds, so the connection is closed.`,
        closing("registration-time"),
      );
  }

  // `Session`: called by the chat.

  tell(event: ChatEvent): void {
    const { member } = this;
    if (!member) return;
    if (event.type === "session-ended" && event.session === this.id) return this.farewell(closing("session-ended"));
    const isOwn = event.origin === this.id;
    this.#show(event, isOwn);
    this.#followAccount(event, member);
    if (event.type === "joined") this.#showRoom(event, member);
    else if (event.type === "renamed") this.#followRename(event);
    else if (isOwn && (event.type === "said" || event.type === "invited")) this.#tellAway(event);
    else if (isOwn && event.type === "account-set") this.server.chat.submit(this, { type: "catch-up" });
    else if (event.type === "caught-up") this.stream(missedLines(event, this.view, this.server.clock()));
    else if (event.type === "expelled" && event.who.nick === member.nick) this.#expelled(event);
  }

  /** Shows the event's lines, but to the sender of a message only if the screen echoes. */
  #show(event: ChatEvent, isOwn: boolean): void {
    const isOwnMessage = isOwn && event.type === "said";
    if (!isOwnMessage || this.screen.echoes) this.#push(render(event, this.view), mustBeStored(event));
    if (isOwnMessage && event.ephemeral === "cannot-write") this.say(NOT_STORED);
  }

  /** Applies a login or logout to the session: its connection limits, its ignore list, and its change of members. */
  #followAccount(event: ChatEvent, member: Member): void {
    const isOwnAccount = event.type === "account-set" && event.who.nick === member.nick;
    if (isOwnAccount) this.#peer.admit(event.account?.id);
    if (event.type === "separated") this.#peer.admit(undefined);
    if (event.type === "attached" || event.type === "separated") this.#isMoving = true;
    if (event.type === "attached" || isOwnAccount)
      this.#rooms.ignore(ignoredAfterLogin(this.ignored, this.server.chat.ignoredBy(member)));
    if (event.type === "account-changed") this.#rooms.ignore(new Set(event.account.ignored));
  }

  refuse(refusal: Refusal): void {
    this.say(wordsFor(refusal, this.server.chat.limits));
  }

  follow(room: Room): void {
    this.#isMoving = false;
    this.#rooms.follow(room);
  }

  unfollow(room: Room): void {
    const wasCurrent = this.current === room;
    const other = this.#rooms.unfollow(room);
    if (this.#isOver || this.#isMoving) return;
    if (!wasCurrent) return this.say(`You are not in ${room.name} any more.`);
    if (other) {
      this.#rooms.go(other);
      return this.say(`You are not in ${room.name} any more; what you type is said in ${other.name} now.`);
    }
    this.say(`You are not in ${room.name} any more.`);
    if (room.key === fold(LOBBY)) this.say(NO_ROOM);
    else this.server.chat.submit(this, { type: "join", room: LOBBY, quietly: true });
  }

  unstored(): void {
    this.#peer.discard();
    this.#close(
      "Not stored: the server could not keep what you said just now, and nobody has seen it.",
      closing("not-stored"),
    );
  }

  notify(text: string): void {
    this.say(text);
  }

  presenceChanged(): void {}

  /** The next line waits until the act has come back; behind a message, only a command does. */
  defer({ type }: Act): (run: () => void) => void {
    const isMessage = type === "say";
    if (isMessage) this.#messages++;
    else this.#peer.hold();
    return (run) => {
      try {
        run();
      } finally {
        if (isMessage) this.#messageBack();
        else this.#peer.release();
      }
    };
  }

  #messageBack(): void {
    this.#messages--;
    if (this.#messages > 0 || !this.#isHeld) return;
    this.#isHeld = false;
    this.#peer.release();
  }

  /** Whether messages are on their way. If so, the peer is held until they have come back. */
  #mustWait(): boolean {
    if (this.#messages > 0 && !this.#isHeld) {
      this.#isHeld = true;
      this.#peer.hold();
    }
    return this.#messages > 0;
  }

  // `CommandContext`: called by slash commands.

  get account(): Account | undefined {
    return this.member?.who.account;
  }

  get session(): PlainSession {
    return this;
  }

  get asker(): Asker {
    return this.#peer;
  }

  wait<T>(work: Promise<T>, done: (result: T) => void): void {
    this.#peer.hold();
    work
      .then((result) => {
        if (!this.#isOver && this.member) done(result);
      })
      .catch((error: unknown) => {
        this.#peer.report(error);
        if (!this.#isOver) this.farewell(closing("bug"));
      })
      .finally(() => this.#peer.release());
  }

  get view(): ReaderView {
    const self = this.member && fold(this.member.nick);
    return { self, current: this.current?.key, ignored: this.ignored };
  }

  get current(): Room | undefined {
    return this.#rooms.current;
  }

  get ignored(): ReadonlySet<Folded> {
    return this.#rooms.ignored;
  }

  get typedIn(): string {
    return this.current?.name ?? "*";
  }

  say(sentence: string): void {
    this.#push(note(sentence));
  }

  /** Says the sentence; the reason is for programs. */
  deny(_why: Why, sentence: string): void {
    this.say(sentence);
  }

  stream(lines: Iterable<AnswerLine>): void {
    this.#peer.stream(encodeEach(lines));
  }

  act(act: Act, then?: (outcome: ActOutcome) => void): void {
    this.server.chat.submit(this, act, then);
  }

  go(room: Room): boolean {
    this.#rooms.go(room);
    return true;
  }

  rename(nick: string): void {
    this.act({ type: "rename", nick }, (outcome) => {
      if (outcome === "nothing") this.say(`You are ${nick} already.`);
    });
  }

  restoreRooms(): void {
    this.act({ type: "restore-rooms", isAsked: false });
  }

  ignore(nicks: ReadonlySet<Folded>): void {
    this.#rooms.ignore(nicks);
    this.server.chat.submit(this, { type: "set-ignored", nicks: [...nicks] });
  }

  weigh(more: number): void {
    this.#weight += more;
  }

  quit(reason: string): void {
    this.#leave(reason);
    this.say("Goodbye.");
    this.#peer.finish(closing("quit"));
  }

  #promptForPassword(): void {
    this.say(`Password: ${this.server.name} asks everyone for one.`);
  }

  #checkPassword(serverPassword: ServerPassword, bytes: Uint8Array): void {
    const answer = serverPassword.answer(bytes);
    if (answer === "closed")
      return this.#close("That is not the password either; the connection is closed.", closing("server-password"));
    if (answer === "wrong") {
      this.say("That is not the password.");
      return this.#promptForPassword();
    }
    this.#serverPassword = undefined;
    this.#enter();
  }

  #enter(): void {
    if (!this.#peer.admit(undefined)) return;
    const { host } = this.#peer;
    const account = this.server.accounts.keyLogin(this.#peer);
    this.act({ type: "enter", nick: account?.name, user: "nc", realname: "nc", host, account, yielding: true }, () => {
      if (this.#isOver) return;
      if (!this.member) return this.#peer.finish(closing("not-let-in"));
      this.#peer.admit(this.account?.id);
      if (this.account) this.restoreRooms();
      this.act({ type: "join", room: LOBBY, quietly: true }, () => this.#greet());
      if (this.account) this.act({ type: "catch-up" });
    });
  }

  #greet(): void {
    this.#isNew = false;
    if (!this.member) return;
    if (this.current) for (const line of this.#keptLines(this.current)) this.say(line);
    const where = this.current ? ` in ${this.current.name}` : ", in no room yet";
    this.say(`You are ${this.member.nick}${where}; /nick NAME changes that, /help tells more.`);
    const { fingerprint, account } = this;
    if (account && fingerprint !== undefined) this.say(`${keyLoginWords(account.name, fingerprint)}.`);
    if (!this.server.chat.isStoring) this.say(`${LIVE_ONLY}.`);
  }

  *#keptLines(room: Room): Generator<string> {
    const words = keptWords(room.name, this.server.chat.keptIn(room));
    if (words !== undefined) yield `${words}.`;
  }

  /** Shows the room that the member has joined: its latest messages, and for a later room its topic. */
  #showRoom(event: EventOf<"joined">, member: Member): void {
    const room = this.server.chat.room(event.room);
    if (!room || fold(event.who.nick) !== fold(member.nick)) return;
    // A room that was not asked for here becomes current only if there is none.
    const isAsked = event.origin === this.id && !event.isRestored;
    if (isAsked || !this.current) this.#rooms.go(room);
    const lines = this.#arrival(room, member, event.opens !== undefined);
    // The replay precedes live messages. Rooms that were not asked for are streamed, since there may be many.
    if (isAsked) for (const line of lines) this.#push(answerLine(line));
    else this.stream(lines);
  }

  *#arrival(room: Room, member: Member, isNew: boolean): Generator<AnswerLine> {
    const { chat, config, clock } = this.server;
    const events = chat.recentMessages(member, room, { limit: Math.min(REPLAY, config.replay), brief: true });
    yield* renderHistory(events, this.view, clock());
    if (!this.#isNew) {
      yield arrival(room, isNew);
      if (isNew) yield* this.#keptLines(room);
      if (room.topic) yield `The topic of ${room.name}: ${room.topic.text}`;
    }
    const hooks = chat.outgoingHooks(room);
    if (hooks.length > 0) yield `${hooksWords(room.name, hooks)}.`;
  }

  #followRename(event: EventOf<"renamed">): void {
    const ignored = ignoredAfterRename(event, this.ignored);
    if (ignored) this.ignore(ignored);
  }

  #tellAway(event: EventOf<"said" | "invited">): void {
    const news = this.#awayNotices.newsOf(event, this.server.chat);
    if (news !== undefined) this.say(news);
  }

  #expelled({ by, reason }: EventOf<"expelled">): void {
    const why = reason === "" ? "" : `: ${reason}`;
    this.#close(`You were put out of the chat by ${by.nick}, an operator of this server${why}`, closing("put-out"));
  }

  #push(text: string, provisional = false): void {
    if (text !== "") this.#peer.push(encode(text), provisional);
  }

  /** Closes the connection after a last line. */
  #close(lastLine: string, closing: Closing): void {
    this.say(lastLine);
    this.#isOver = true;
    this.#rooms.unfollowAll();
    this.#peer.finish(closing);
  }

  /** Takes the member out of the chat. */
  #leave(reason: string, type: "quit" | "lose" = "quit"): void {
    this.#isOver = true;
    // If the member is still entering, it leaves as soon as it is in.
    this.server.chat.submit(this, { type, reason });
  }
}

function* encodeEach(lines: Iterable<AnswerLine>): Generator<Uint8Array, void, undefined> {
  for (const line of lines) yield encode(line === "" ? "" : answerLine(line));
}

/** The line that follows a room's replay, for a member that has just joined. */
function arrival(room: Room, isNew: boolean): string {
  if (isNew) return `You are in ${room.name} now: it is new, and you are its operator.`;
  const others = room.members.size - 1;
  const company =
    others === 0 ? "nobody else is here" : others === 1 ? "one other is here" : `${others} others are here`;
  return `You are in ${room.name} now; ${company}.`;
}

/** Tells a sender that the recipient is away: once, and again when the away text has changed. */
class AwayNotices {
  readonly #told = new WeakMap<Member, string>();

  /** The sentence about the recipient of a message or an invitation; `undefined` if it is not away, or was told so. */
  newsOf(event: EventOf<"said" | "invited">, chat: Chat): string | undefined {
    const nick = event.type === "said" ? event.to : event.nick;
    const target = chat.member(nick);
    if (!target) return event.away === undefined ? undefined : `${nick}: ${event.away}`;
    return this.#isNews(target, event.away) ? `${nick} is away: ${event.away}` : undefined;
  }

  /** Whether the sender does not know this away text yet; `undefined` means present. */
  #isNews(member: Member, away: string | undefined): boolean {
    if (this.#told.get(member) === away) return false;
    if (away === undefined) this.#told.delete(member);
    else this.#told.set(member, away);
    return away !== undefined;
  }
}

const TRIES = 3;

/** Checks the answers to the prompt for the server's password. */
export class ServerPassword {
  readonly #password: () => string;
  #left = TRIES;

  /** `password` returns the present password; "" for none. */
  constructor(password: () => string) {
    this.#password = password;
  }

  /** Checks an answer; `closed` after the last wrong one. */
  answer(bytes: Uint8Array): "open" | "wrong" | "closed" {
    const password = this.#password();
    if (password === "" || isSameSecret(bytes, password)) return "open";
    this.#left--;
    return this.#left > 0 ? "wrong" : "closed";
  }
}

/** Offline messages as lines. */
function* missedLines(
  { missed, isMore }: EventOf<"caught-up">,
  view: ReaderView,
  now: number,
): Generator<AnswerLine, void, undefined> {
  const lines = [...renderHistory(missed, view, now)];
  if (lines.length === 0) return;
  yield "While you were not here:";
  yield* lines;
  yield isMore ? "These were the latest messages you missed; /search finds the rest." : "That was all you missed.";
}

/** The part of the running configuration that plain sessions use. */
interface PlainConfig extends CommandConfig {
  /** The server's password; "" for none. */
  readonly password: string;
  /** A limit of the messages of a room that are replayed to a newcomer, besides `REPLAY`; 0 for no replay. */
  readonly replay: number;
}

/** State and services that all plain sessions of a server share. */
export interface PlainServer extends CommandServer {
  /** The server's own name. */
  readonly name: string;
  readonly config: PlainConfig;
}
