import type { Account } from "../chat/account.ts";
import type { Asker } from "../chat/accounts.ts";
import type { Act } from "../chat/act.ts";
import type { ChatLimits } from "../chat/limits.ts";
import type { Member } from "../chat/member.ts";
import { asRoomName } from "../chat/names.ts";
import type { Room } from "../chat/room.ts";
import type { Folded } from "../text/fold.ts";
import type { View } from "./render.ts";
import type { PlainServer } from "./server.ts";
import { wordsFor } from "./words.ts";

/** What a command may use of the session that it is for. */
export interface Desk {
  readonly server: PlainServer;
  readonly view: View;
  /** Where lines without a command go. */
  readonly current: Room | undefined;
  readonly ignored: ReadonlySet<Folded>;
  /** Whether the person is shown their own messages once they are stored. */
  echoes: boolean;
  /** Tells a line of the server's. */
  note(text: string): void;
  /** Tells many lines, each with its end, as they are read; the last that a command does. */
  draw(lines: Iterable<string>): void;
  /** The account that the person is logged in to at present. */
  readonly account: Account | undefined;
  /** Who asks, as far as tries are counted. */
  readonly asker: Asker;
  /** Waits for what takes time; the next line waits too. */
  wait<T>(work: Promise<T>, done: (result: T) => void): void;
  /** Has the chat do it; false where it came to nothing, since all is so already. */
  act(act: Act): boolean;
  /** Makes a room that the person is in the current one. */
  go(room: Room): void;
  /** Asks for a nick; one in use is had as soon as it is free. */
  rename(nick: string): void;
  /** Logs out those who are to be, but for this session. */
  logOutOthers(): void;
  ignore(nicks: ReadonlySet<Folded>): void;
  /** Ends the session; the others are told why. */
  quit(reason: string): void;
}

/** A command as someone gave it. */
export interface Ask {
  readonly desk: Desk;
  readonly member: Member;
  /** What stood behind the command's name, without the blanks around it. */
  readonly words: string;
  /** All that came behind the name and one blank, as it came: where a password may be in it, its blanks are its own. */
  readonly secret: string;
}

/** A command that is about the current room. */
export interface AskHere extends Ask {
  readonly room: Room;
}

interface Row {
  readonly name: string;
  readonly aliases: readonly string[];
  /** What goes behind the name. */
  readonly usage: string;
  /** The fewest words that must. */
  readonly least: number;
  readonly help: string;
}

/** A command, all of it in one row; `here` are those that are about the current room. */
export type Command = Row &
  (
    | { readonly here: false; readonly run: (ask: Ask) => void }
    | { readonly here: true; readonly run: (ask: AskHere) => void }
  );

/** The first word, and the rest. */
export function cut(words: string): readonly [string, string] {
  const [, first = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
  return [first, rest];
}

/** Someone by their nick; who asks is told if there is nobody. */
export function memberCalled(nick: string, desk: Desk): Member | undefined {
  const { chat } = desk.server;
  const member = chat.member(nick);
  if (!member) desk.note(wordsFor({ why: "no-such-nick", nick }, chat.limits));
  return member;
}

/** The room that the first word names, or the current one; who asks is told if there is none to be seen. */
export function roomAsked({ desk, member, words }: Ask): Room | undefined {
  const [name] = cut(words);
  if (name === "") {
    if (!desk.current) desk.note(NOWHERE);
    return desk.current;
  }
  const room = desk.server.chat.roomFor(member, asRoomName(name));
  if (!room) desk.note(wordsFor({ why: "no-such-room", room: asRoomName(name) }, desk.server.chat.limits));
  return room;
}

/** What one is told who is in no room. */
export const NOWHERE = "You are in no room; /join ROOM goes into one, and /rooms lists them.";

/** Whether a topic, a reason or the like is short enough; who gave it is told if it is not. */
export function fits({ desk }: Ask, text: string): boolean {
  const bytes = Buffer.byteLength(text);
  const { topicLength }: ChatLimits = desk.server.chat.limits;
  if (topicLength === 0 || bytes <= topicLength) return true;
  desk.note(`That is too long: it has ${bytes} bytes, and ${topicLength} is the most.`);
  return false;
}
