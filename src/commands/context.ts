import type { Accounts } from "../chat/accounts.ts";
import type { Chat } from "../chat/chat.ts";
import type { SearchResult } from "../chat/history.ts";
import type { Account } from "../chat/model/account.ts";
import type { Act } from "../chat/model/act.ts";
import type { Member } from "../chat/model/member.ts";
import { asRoomName, ROOM_SIGN } from "../chat/model/names.ts";
import type { AccountRefusal, Refusal } from "../chat/model/refusal.ts";
import type { Room } from "../chat/model/room.ts";
import type { ActOutcome, Addresses, Asker, Session } from "../chat/model/session.ts";
import { mayModerate } from "../chat/rules/modes.ts";
import { wordsFor } from "../chat/words/refusals.ts";
import type { Folded } from "../text/fold.ts";
import type { AnswerLine, ReaderView } from "./history.ts";

/** The configuration that commands use. */
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
  /** A monotonic clock, equal to `clock` at the start: durations are measured by it. */
  readonly steady: () => number;
  /** Verifies the password of a configured server operator. */
  readonly isOperator: (name: string, password: string, asker: Asker) => Promise<boolean>;
  readonly outgoing: OutgoingPosts;
  /** The address of its pages, such as `https://chat.example.org:9000`. */
  readonly webAddress: () => string;
  /** Addresses of members, for server operators. */
  readonly addresses: Addresses;
}

/** The part of the server that posts what is said in rooms with outgoing webhooks. */
export interface OutgoingPosts {
  /** Why no webhook may post to this URL, as a sentence; `undefined` if one may. */
  urlRefusal(url: string): string | undefined;
  /** How the last post of the webhook with this hash has ended; `undefined` if there was none since the start. */
  lastOf(hash: string): string | undefined;
}

/** Why a command is refused before it reaches the chat. */
export type CommandRefusal =
  | "unknown-command"
  | "not-by-slash"
  | "needs-more"
  | "needs-room"
  | "too-long"
  | "bad-value"
  | "nothing-to-do"
  | "cannot-ignore"
  | "operator-password-wrong";

/** Why a command is refused, as a code for programs. */
export type Why =
  | CommandRefusal
  | Refusal["why"]
  | AccountRefusal["why"]
  | Extract<SearchResult, { readonly why: string }>["why"];

/** The session that runs a slash command, implemented by each protocol. Sentences are whole, with their full stops. */
export interface CommandContext {
  readonly server: CommandServer;
  /** The commands that this session may run. */
  readonly commands: readonly Command[];
  readonly view: ReaderView;
  /** The room or the nick in whose window the command was typed; "*" for none. */
  readonly typedIn: string;
  /** The room where it was typed, if the member is in it; for nc, the room where plain lines are said. */
  readonly current: Room | undefined;
  readonly ignored: ReadonlySet<Folded>;
  /** Whether the session is shown its own messages; `undefined` if the client decides that. */
  readonly screen: { echoes: boolean } | undefined;
  /** The session itself, for calls of `accounts`. */
  readonly session: Session;
  /** The account that the session is logged in to now. */
  readonly account: Account | undefined;
  /** The connection, for counting login attempts. */
  readonly asker: Asker;
  /** Answers one sentence. */
  say(sentence: string): void;
  /** Refuses the command with a code and a sentence. */
  deny(why: Why, sentence: string): void;
  /** Answers many lines, made as the client reads them; the last call of a command. */
  stream(lines: Iterable<AnswerLine>): void;
  /** Waits for asynchronous work; the session's next line is handled after it. */
  wait<T>(work: Promise<T>, done: (result: T) => void): void;
  /** Submits an act; `then` is called after its events and refusals have been told. */
  act(act: Act, then?: (outcome: ActOutcome) => void): void;
  /** Makes a joined room the current one; false if the client decides that. */
  go(room: Room): boolean;
  /** Requests a nick. */
  rename(nick: string): void;
  /** Goes back to the rooms of the account after a login; does nothing if the session does that by itself. */
  restoreRooms(): void;
  /** Replaces the ignored nicks. */
  ignore(nicks: ReadonlySet<Folded>): void;
  /** Adds to the cost of the line in the rate limiter, in lines. */
  weigh(more: number): void;
  /** Ends the session; the reason is shown to others. */
  quit(reason: string): void;
}

/** A parsed command line. */
export interface Invocation {
  readonly context: CommandContext;
  readonly member: Member;
  /** The text after the command's name, trimmed. */
  readonly words: string;
  /** The unfiltered, untrimmed text after the name and one blank: for passwords, whose blanks count. */
  readonly secret: string;
}

/** A parsed command line of a command that needs a room. */
export interface RoomInvocation extends Invocation {
  readonly room: Room;
}

interface CommandRow {
  readonly name: string;
  readonly aliases: readonly string[];
  /** The parameters, as `/help` shows them. */
  readonly usage: string;
  /** The minimum number of words after the name. */
  readonly minWords: number;
  readonly help: string;
  /** `/help` lists it without being asked for all. */
  readonly isBasic?: true;
  /** The operators that may run it; absent: everyone. */
  readonly who?: "operator" | "server-operator";
  /** Its parameters contain a password. */
  readonly takesPassword?: true;
  /** The IRC command that a client sends instead: SLASH does not run messages, passwords and screen settings. */
  readonly ircCommand?: string;
  /** SLASH runs it nevertheless if it has no parameters, and so no password. */
  readonly slashForm?: "bare";
}

/** A slash command in one row. `needsRoom`: it is about the room where it was typed. */
export type Command = CommandRow &
  (
    | { readonly needsRoom: false; readonly run: (invocation: Invocation) => void }
    | { readonly needsRoom: true; readonly run: (invocation: RoomInvocation) => void }
  );

/** Splits off the first word: `[word, rest]`. */
export function firstWord(words: string): readonly [string, string] {
  const [, first = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
  return [first, rest];
}

/** Answers a refusal of the chat. */
export function refuse(context: CommandContext, refusal: Refusal): void {
  context.deny(refusal.why, wordsFor(refusal, context.server.chat.limits));
}

/** The member with this nick; refuses the command if there is none. */
export function findMember(nick: string, context: CommandContext): Member | undefined {
  const member = context.server.chat.member(nick);
  if (!member) refuse(context, { why: "no-such-nick", nick });
  return member;
}

/** The room of a command: the current one, or the one where it was typed, if the member may moderate it from outside. */
export function roomHere(context: CommandContext, member: Member): Room | undefined {
  if (context.current) return context.current;
  const room = context.server.chat.roomFor(member, context.typedIn);
  return room && mayModerate(member, room) ? room : undefined;
}

/** The room that the first word names, or else the command's room; refuses the command if there is none. */
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

/** The answer to a command that needs a room, from a member of none. */
export const NO_ROOM = "You are in no room; /join ROOM goes into one, and /rooms lists them.";

/** Refuses a command that needs a room. */
export function refuseNoRoom(context: CommandContext, member: Member): void {
  const { typedIn, server } = context;
  if (typedIn.startsWith(ROOM_SIGN)) {
    const room = server.chat.roomFor(member, typedIn);
    refuse(context, room ? { why: "not-in-room", room: room.name } : { why: "no-such-room", room: typedIn });
  } else if (member.rooms.size === 0) context.deny("needs-room", NO_ROOM);
  else context.deny("needs-room", "That command needs a room, and this is not one.");
}

/** Whether a topic or a reason fits the topic limit; refuses the command if it does not. */
export function fitsTopicLength({ context }: Invocation, text: string): boolean {
  const bytes = Buffer.byteLength(text);
  const { topicLength } = context.server.chat.limits;
  if (topicLength === 0 || bytes <= topicLength) return true;
  context.deny("too-long", `That is too long: it has ${bytes} bytes, and ${topicLength} is the most.`);
  return false;
}
