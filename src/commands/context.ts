import type { Accounts } from "../chat/accounts.ts";
import type { Chat } from "../chat/chat.ts";
import type { Account } from "../chat/model/account.ts";
import type { Act } from "../chat/model/act.ts";
import type { Addresses, Asker } from "../chat/model/addresses.ts";
import type { Member } from "../chat/model/member.ts";
import { asRoomName, ROOM_SIGN } from "../chat/model/names.ts";
import type { AccountRefusal, Refusal } from "../chat/model/refusal.ts";
import type { Room } from "../chat/model/room.ts";
import type { ActOutcome, Session } from "../chat/model/session.ts";
import { mayModerate } from "../chat/rules/modes.ts";
import type { SearchResult } from "../chat/search.ts";
import { wordsFor } from "../chat/words/refusals.ts";
import type { Folded } from "../text/fold.ts";
import type { AnswerLine, ReaderView } from "./history.ts";

/** The part of the running configuration that commands use. */
export interface CommandConfig {
  readonly network: string;
}

/** The part of the server that commands use. */
export interface CommandServer {
  readonly chat: Chat;
  readonly accounts: Accounts;
  readonly config: CommandConfig;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** The same at the start, but only goes on: durations are measured by it. */
  readonly steady: () => number;
  /** Whether this is the password of the server's operator of this name. */
  readonly isOperator: (name: string, password: string, asker: Asker) => Promise<boolean>;
  /** Where people come from: for the server's operators. */
  readonly addresses: Addresses;
}

/** Why a command comes to nothing before the chat is asked. */
export type CommandBar =
  | "unknown-command"
  | "not-by-slash"
  | "needs-more"
  | "needs-room"
  | "too-long"
  | "bad-value"
  | "nothing-to-do"
  | "cannot-ignore"
  | "operator-password-wrong";

/** Why a command comes to nothing, as a program reads it. */
export type Why =
  | CommandBar
  | Refusal["why"]
  | AccountRefusal["why"]
  | Extract<SearchResult, { readonly why: string }>["why"];

/** The part of its session that a slash command uses. Sentences are whole, with their full stops. */
export interface CommandContext {
  readonly server: CommandServer;
  /** The commands that this session can run. */
  readonly commands: readonly Command[];
  readonly view: ReaderView;
  /** The name of the room or the nick where the command was typed; "*" is nowhere. */
  readonly typedIn: string;
  /** The room where it was typed, if the person is in it: for nc, where lines without a command go. */
  readonly current: Room | undefined;
  readonly ignored: ReadonlySet<Folded>;
  /** How the session shows its own messages; `undefined` where the client decides that. */
  readonly screen: { echoes: boolean } | undefined;
  /** The session itself, on behalf of which accounts are asked for. */
  readonly session: Session;
  /** The account that the person is logged in to at present. */
  readonly account: Account | undefined;
  /** Identifies the session where attempts are counted. */
  readonly asker: Asker;
  /** Answers a sentence. */
  say(sentence: string): void;
  /** Answers with no, in a sentence. */
  deny(why: Why, sentence: string): void;
  /** Answers many lines, made as they are read; the last that a command does. */
  draw(lines: Iterable<AnswerLine>): void;
  /** Waits for work that takes time; the next line waits too. */
  wait<T>(work: Promise<T>, done: (result: T) => void): void;
  /** Has the chat do it, now or later; `then` is called once the session has been told what came of it. */
  act(act: Act, then?: (outcome: ActOutcome) => void): void;
  /** Makes a room that the person is in the current one; false where the client chooses that. */
  go(room: Room): boolean;
  /** Requests a nick. */
  rename(nick: string): void;
  ignore(nicks: ReadonlySet<Folded>): void;
  /** The command weighs so much more than a line where floods are counted. */
  weigh(more: number): void;
  /** Ends the session; the others are told why. */
  quit(reason: string): void;
}

/** A command as someone gave it. */
export interface Invocation {
  readonly context: CommandContext;
  readonly member: Member;
  /** The words behind the command's name, without the blanks around them. */
  readonly words: string;
  /** All that came behind the name and one blank, as it came: where a password may be in it, its blanks are its own. */
  readonly secret: string;
}

/** A command that is about the current room. */
export interface RoomInvocation extends Invocation {
  readonly room: Room;
}

interface Row {
  readonly name: string;
  readonly aliases: readonly string[];
  /** The parameters behind the name. */
  readonly usage: string;
  /** The fewest words that must. */
  readonly minWords: number;
  readonly help: string;
  /** The operators that may run it; everyone, if nothing is said. */
  readonly who?: "operator" | "server-operator";
  /** A password stands behind its name. */
  readonly takesPassword?: true;
  /** The command that an IRC client sends instead; SLASH does not run this one: talk, passwords, its own screen. */
  readonly ircCommand?: string;
}

/** A slash command, all of it in one row; `needsRoom` are those that are about the current room. */
export type Command = Row &
  (
    | { readonly needsRoom: false; readonly run: (invocation: Invocation) => void }
    | { readonly needsRoom: true; readonly run: (invocation: RoomInvocation) => void }
  );

/** The first word, and the rest. */
export function firstWord(words: string): readonly [string, string] {
  const [, first = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
  return [first, rest];
}

/** Answers with a refusal of the chat's. */
export function refuse(context: CommandContext, refusal: Refusal): void {
  context.deny(refusal.why, wordsFor(refusal, context.server.chat.limits));
}

/** Someone by their nick; the person is told if there is nobody. */
export function findMember(nick: string, context: CommandContext): Member | undefined {
  const member = context.server.chat.member(nick);
  if (!member) refuse(context, { why: "no-such-nick", nick });
  return member;
}

/** The room that a command is about: the current one, or outside a room that the person may moderate, the one where it was typed. */
export function roomHere(context: CommandContext, member: Member): Room | undefined {
  if (context.current) return context.current;
  const room = context.server.chat.roomFor(member, context.typedIn);
  return room && mayModerate(member, room) ? room : undefined;
}

/** The room that the first word names, or the current one; the person is told if there is none to be seen. */
export function findRoom({ context, member, words }: Invocation): Room | undefined {
  const [name] = firstWord(words);
  if (name === "") {
    const here = roomHere(context, member);
    if (!here) refuseNoRoom(context, member);
    return here;
  }
  const room = context.server.chat.roomFor(member, asRoomName(name));
  if (!room) refuse(context, { why: "no-such-room", room: asRoomName(name) });
  return room;
}

/** The answer to someone who is in no room. */
export const NO_ROOM = "You are in no room; /join ROOM goes into one, and /rooms lists them.";

/** Answers a command that needs a current room, where there is none. */
export function refuseNoRoom(context: CommandContext, member: Member): void {
  const { typedIn, server } = context;
  if (typedIn.startsWith(ROOM_SIGN)) {
    const room = server.chat.roomFor(member, typedIn);
    refuse(context, room ? { why: "not-in-room", room: room.name } : { why: "no-such-room", room: typedIn });
  } else if (member.rooms.size === 0) context.deny("needs-room", NO_ROOM);
  else context.deny("needs-room", "That is about a room, and this is none.");
}

/** Whether a topic, a reason or the like is short enough; the person is told if it is not. */
export function fitsTopicLength({ context }: Invocation, text: string): boolean {
  const bytes = Buffer.byteLength(text);
  const { topicLength } = context.server.chat.limits;
  if (topicLength === 0 || bytes <= topicLength) return true;
  context.deny("too-long", `That is too long: it has ${bytes} bytes, and ${topicLength} is the most.`);
  return false;
}
