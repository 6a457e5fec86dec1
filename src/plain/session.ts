import type { Chat } from "../chat/chat.ts";
import type { Account } from "../chat/model/account.ts";
import type { Act } from "../chat/model/act.ts";
import type { Asker } from "../chat/model/addresses.ts";
import { type ChatEvent, type EventOf, LIVE_ONLY, mustBeStored, NOT_STORED } from "../chat/model/event.ts";
import type { Member } from "../chat/model/member.ts";
import { LOBBY } from "../chat/model/names.ts";
import type { Refusal } from "../chat/model/refusal.ts";
import type { Room } from "../chat/model/room.ts";
import type { ActOutcome, Session } from "../chat/model/session.ts";
import { wordsFor } from "../chat/words/refusals.ts";
import { type CommandConfig, type CommandContext, type CommandServer, NO_ROOM, type Why } from "../commands/context.ts";
import { type AnswerLine, type ReaderView, recall } from "../commands/history.ts";
import { COMMANDS, isCommand, perform, unescapeLine } from "../commands/table.ts";
import { ignoredAfterLogin, ignoredAfterRename } from "../commands/talk.ts";
import { decode } from "../text/bytes.ts";
import { showLine } from "../text/filter.ts";
import { type Folded, fold } from "../text/fold.ts";
import { typed, typedBytes } from "../text/typed.ts";
import { type Closing, closing } from "../wire/closing.ts";
import type { Peer, Protocol } from "../wire/protocol.ts";
import { isSameSecret } from "../wire/secrets.ts";
import { NickReclaim } from "./nick-reclaim.ts";
import { answerLine, note, render } from "./render.ts";
import { PlainRenderGroups } from "./render-group.ts";

const BACKLOG = 20; // messages of a room that a newcomer is shown (ssh-chat)
const PASSWORD_WITHIN = 60_000; // ms, as an IRC client has to register
const LONGEST = 8192; // bytes of a line that a connection takes

const BUG = "That has failed: something is wrong in the server. Its operator is told, and this connection is closed.";

const encoder = new TextEncoder();

/**
 * A person with nothing but a terminal and a connection: nc, telnet, a few lines of a program.
 *
 * They are a guest in the lobby at once, past the password if the server has one. What they type is said in their
 * current room, or is a command; everything they get is lines of text.
 */
export class PlainSession implements Protocol, Session, CommandContext {
  member: Member | undefined;
  readonly server: PlainServer;
  readonly commands = COMMANDS;
  readonly screen = { echoes: true };
  /** The weight of the latest line where floods are counted. */
  weight = 1;
  readonly #peer: Peer;
  readonly #places: PlainRenderGroups;
  readonly #nickReclaim: NickReclaim;
  readonly #awayNotices = new AwayNotices();
  /** Until the password was right. */
  #serverPassword: ServerPassword | undefined;
  /** Until they have been told who they are, and where. */
  #isNew = true;
  #over = false;
  /** It is becoming another member's: the rooms it leaves are not worth a word. */
  #isMoving = false;

  constructor(peer: Peer, server: PlainServer) {
    this.#peer = peer;
    this.server = server;
    this.#places = new PlainRenderGroups(this, peer);
    this.#nickReclaim = new NickReclaim(server.chat, this);
  }

  get id(): number {
    return this.#peer.id;
  }

  // What the connection tells: `Protocol`.

  begin(greeted: boolean): void {
    if (this.server.config.password === "") return this.#enter();
    this.#serverPassword = new ServerPassword(() => this.server.config.password);
    if (greeted) this.#ask();
  }

  line(bytes: Uint8Array): void {
    this.weight = 1;
    if (this.#serverPassword) return this.#try(this.#serverPassword, typedBytes(bytes));
    const { member, current } = this;
    if (!member) return;
    const raw = typed(decode(bytes));
    const text = showLine(raw);
    if (isCommand(text)) return perform(this, member, text, raw);
    if (text.trim() === "") return;
    if (!current) return this.say(NO_ROOM);
    this.act({ type: "say", to: current.name, kind: "words", text: unescapeLine(text) });
  }

  overlong(): void {
    this.#close(`That line is longer than ${LONGEST} bytes, so the connection is closed.`, closing("line-length"));
  }

  end(): void {
    this.#leave("");
    this.#peer.finish(closing("closed"));
  }

  gone({ words }: Closing): void {
    this.#leave(words, "lose");
  }

  farewell(closing: Closing): void {
    this.#close(`${closing.words}.`, closing);
  }

  housekeep(now: number): void {
    if (this.#serverPassword && now - this.#peer.since > PASSWORD_WITHIN)
      this.#close(
        `No password has come within ${PASSWORD_WITHIN / 1000} seconds, so the connection is closed.`,
        closing("registration-time"),
      );
  }

  // What the chat tells: `Session`.

  tell(event: ChatEvent): void {
    const isMine = event.origin === this.id;
    const { member } = this;
    if (!member) return;
    if (event.type === "session-ended" && event.session === this.id) return this.farewell(closing("session-ended"));
    const isEscaped = event.type === "said";
    if (!isMine || !isEscaped || this.screen.echoes) this.#push(render(event, this.view), mustBeStored(event));
    if (isMine && isEscaped && event.ephemeral === "cannot-write") this.say(NOT_STORED);
    if (event.type === "account-set" && event.who.nick === member.nick) this.#peer.admit(event.account?.id);
    if (event.type === "separated") this.#peer.admit(undefined);
    if (event.type === "attached" || event.type === "separated") this.#isMoving = true;
    if (event.type === "attached" || (event.type === "account-set" && event.who.nick === member.nick))
      this.#places.ignore(ignoredAfterLogin(this.ignored, this.server.chat.ignoredBy(member)));
    if (event.type === "account-changed") this.#places.ignore(new Set(event.account.ignored));
    if (event.type === "joined") this.#joined(event, member);
    else if (event.type === "renamed") this.#renamed(event, member);
    else if (isMine && (event.type === "said" || event.type === "invited")) this.#toldAway(event);
    else if (event.type === "account-set" && isMine) this.server.chat.submit(this, { type: "catch-up" });
    else if (event.type === "caught-up") this.draw(missedLines(event, this.view, this.server.clock()));
    else if (event.type === "expelled" && event.who.nick === member.nick) this.#expelled(event);
  }

  refuse(refusal: Refusal, act: Act): void {
    if (!this.#nickReclaim.isTaking(act)) this.say(wordsFor(refusal, this.server.chat.limits));
  }

  follow(room: Room): void {
    this.#isMoving = false;
    this.#places.follow(room);
  }

  unfollow(room: Room): void {
    const wasCurrent = this.current === room;
    const other = this.#places.unfollow(room);
    if (this.#over || this.#isMoving) return;
    if (!wasCurrent) return this.say(`You are not in ${room.name} any more.`);
    if (other) {
      this.#places.go(other);
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

  presenceChanged(nick: string, present: boolean): void {
    this.#nickReclaim.presenceChanged(nick, present);
  }

  // For commands: `CommandContext`.

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
        if (!this.#over && this.member) done(result);
      })
      .catch((error: unknown) => {
        this.#peer.report(error);
        if (!this.#over) this.#close(BUG, closing("bug"));
      })
      .finally(() => this.#peer.release());
  }

  get view(): ReaderView {
    const self = this.member && fold(this.member.nick);
    return { self, current: this.current?.key, ignored: this.ignored };
  }

  get current(): Room | undefined {
    return this.#places.current;
  }

  get ignored(): ReadonlySet<Folded> {
    return this.#places.ignored;
  }

  get typedIn(): string {
    return this.current?.name ?? "*";
  }

  say(sentence: string): void {
    this.#push(note(sentence));
  }

  /** A person reads the sentence alone. */
  deny(_why: Why, sentence: string): void {
    this.say(sentence);
  }

  draw(lines: Iterable<AnswerLine>): void {
    this.#peer.draw(encodeEach(lines));
  }

  act(act: Act, then?: (outcome: ActOutcome) => void): void {
    this.server.chat.submit(this, act, then);
  }

  go(room: Room): boolean {
    this.#places.go(room);
    return true;
  }

  rename(nick: string, then?: () => void): void {
    this.act({ type: "rename", nick, yielding: true }, (outcome) => {
      if (outcome === "nothing" && this.member) this.#stays(this.member, nick);
      then?.();
    });
  }

  ignore(nicks: ReadonlySet<Folded>): void {
    this.#places.ignore(nicks);
    this.server.chat.submit(this, { type: "set-ignored", nicks: [...nicks] });
  }

  weigh(more: number): void {
    this.weight += more;
  }

  quit(reason: string): void {
    this.#leave(reason);
    this.say("Goodbye.");
    this.#peer.finish(closing("quit"));
  }

  // Inside.

  /** Someone has asked for a nick, and keeps the one they have. */
  #stays(member: Member, nick: string): void {
    if (nick === member.nick) {
      this.#nickReclaim.drop();
      return this.say(`You are ${nick} already.`);
    }
    this.#nickReclaim.want(nick);
    if (this.server.accounts.find(nick))
      return this.say(wordsFor({ why: "nick-registered", nick }, this.server.chat.limits));
    this.say(`${nick} is in use: you stay ${member.nick}, and are ${nick} as soon as that is free.`);
  }

  #ask(): void {
    this.say(`Password: ${this.server.name} asks everyone for one.`);
  }

  #try(serverPassword: ServerPassword, bytes: Uint8Array): void {
    const answer = serverPassword.answer(bytes);
    if (answer === "closed")
      return this.#close("That is not the password either; the connection is closed.", closing("server-password"));
    if (answer === "wrong") {
      this.say("That is not the password.");
      return this.#ask();
    }
    this.#serverPassword = undefined;
    this.#enter();
  }

  #enter(): void {
    if (!this.#peer.admit(undefined)) return;
    const { host } = this.#peer;
    this.act({ type: "enter", user: "nc", realname: "nc", host, yielding: true }, () => {
      if (this.#over) return;
      if (!this.member) return this.#peer.finish(closing("not-let-in"));
      this.act({ type: "join", room: LOBBY, quietly: true }, () => this.#arrived());
    });
  }

  #arrived(): void {
    this.#isNew = false;
    if (!this.member) return;
    const where = this.current ? ` in ${this.current.name}` : ", in no room yet";
    this.say(`You are ${this.member.nick}${where}; /nick NAME changes that, /help tells more.`);
    if (!this.server.chat.isStoring) this.say(`${LIVE_ONLY}.`);
  }

  /** Shows a room to one who comes into it. */
  #joined(event: EventOf<"joined">, member: Member): void {
    const room = this.server.chat.room(event.room);
    if (!room || fold(event.who.nick) !== fold(member.nick)) return;
    // A session that is in no room talks in the first that another session of its member joins.
    if (event.origin === this.id || !this.current) this.#places.go(room);
    const lines = this.#arrival(room, member, event.opens !== undefined);
    // The past comes before live talk. Rooms that another session joined are drawn: there may be many.
    if (event.origin === this.id) for (const line of lines) this.#push(answerLine(line));
    else this.draw(lines);
  }

  *#arrival(room: Room, member: Member, isNew: boolean): Generator<AnswerLine> {
    const { chat, config, clock } = this.server;
    const events = chat.recentMessages(member, room, { limit: Math.min(BACKLOG, config.replay), brief: true });
    yield* recall(events, this.view, clock());
    if (this.#isNew) return;
    yield arrival(room, isNew);
    if (room.topic) yield `The topic of ${room.name}: ${room.topic.text}`;
  }

  #renamed(event: EventOf<"renamed">, member: Member): void {
    if (fold(event.nick) === fold(member.nick)) this.#nickReclaim.renamed(event);
    const ignored = ignoredAfterRename(event, this.ignored);
    if (ignored) this.ignore(ignored);
  }

  #toldAway(event: EventOf<"said" | "invited">): void {
    const news = this.#awayNotices.newsOf(event, this.server.chat);
    if (news !== undefined) this.say(news);
  }

  #expelled({ by, reason }: EventOf<"expelled">): void {
    const why = reason === "" ? "" : `: ${reason}`;
    this.#close(`You were put out of the chat by ${by.nick}, an operator of this server${why}`, closing("put-out"));
  }

  #push(text: string, provisional = false): void {
    if (text !== "") this.#peer.push(encoder.encode(text), provisional);
  }

  /** Ends it with last words: nothing comes behind them. */
  #close(words: string, closing: Closing): void {
    this.say(words);
    this.#over = true;
    this.#places.unfollowAll();
    this.#peer.finish(closing);
  }

  /** Takes the member out of the chat. */
  #leave(reason: string, type: "quit" | "lose" = "quit"): void {
    this.#over = true;
    this.#nickReclaim.drop();
    // The person may be about to come in: then they go at once.
    this.server.chat.submit(this, { type, reason });
  }
}

function* encodeEach(lines: Iterable<AnswerLine>): Generator<Uint8Array, void, undefined> {
  for (const line of lines) yield encoder.encode(answerLine(line));
}

/** The line under a room's past, for a member that has just come in. */
function arrival(room: Room, isNew: boolean): string {
  if (isNew) return `You are in ${room.name} now: it is new, and you are its operator.`;
  const others = room.members.size - 1;
  const company =
    others === 0 ? "nobody else is here" : others === 1 ? "one other is here" : `${others} others are here`;
  return `You are in ${room.name} now; ${company}.`;
}

/** Who was away when written to, and with which words: one is told once, until the words change. */
class AwayNotices {
  readonly #told = new WeakMap<Member, string>();

  /** What one is to be told of whom one has written to, or invited; `undefined` where that is nothing new. */
  newsOf(event: EventOf<"said" | "invited">, chat: Chat): string | undefined {
    const nick = event.type === "said" ? event.to : event.nick;
    const target = chat.member(nick);
    if (!target) return event.away === undefined ? undefined : `${nick}: ${event.away}`;
    return this.#isNews(target, event.away) ? `${nick} is away: ${event.away}` : undefined;
  }

  /** `away` is `undefined` while they are here. */
  #isNews(member: Member, away: string | undefined): boolean {
    if (this.#told.get(member) === away) return false;
    if (away === undefined) this.#told.delete(member);
    else this.#told.set(member, away);
    return away !== undefined;
  }
}

const TRIES = 3;

/** Asks for the server's password: how often someone has tried, and whether it was right. */
export class ServerPassword {
  readonly #password: () => string;
  #left = TRIES;

  /** `password` answers the one that holds now; "" is none. */
  constructor(password: () => string) {
    this.#password = password;
  }

  /** `closed` after the last wrong answer. */
  answer(bytes: Uint8Array): "open" | "wrong" | "closed" {
    const password = this.#password();
    if (password === "" || isSameSecret(bytes, password)) return "open";
    this.#left--;
    return this.#left > 0 ? "wrong" : "closed";
  }
}

/** What was said to an account while nobody heard it, as lines for the one who has come back. */
function* missedLines(
  { missed, isMore }: EventOf<"caught-up">,
  view: ReaderView,
  now: number,
): Generator<AnswerLine, void, undefined> {
  const lines = [...recall(missed, view, now)];
  if (lines.length === 0) return;
  yield "While you were not here:";
  yield* lines;
  yield isMore ? "That was the latest of what you missed; /search finds the rest." : "That was all you missed.";
}

/** The part of the running configuration that plain sessions use. */
interface PlainConfig extends CommandConfig {
  /** Asked of everyone; "" is none. */
  readonly password: string;
  /** Messages of a room that a newcomer is shown at the most, if that is fewer than usual; 0 is none. */
  readonly replay: number;
}

/** State and services that all plain sessions of a server share. */
export interface PlainServer extends CommandServer {
  /** The server's own name. */
  readonly name: string;
  readonly config: PlainConfig;
}
