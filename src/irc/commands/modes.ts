import { keepsOf, type ListName, type ModeChange, type UserModeChange } from "../../chat/model/modes.ts";
import { ROOM_SIGN } from "../../chat/model/names.ts";
import type { ListEntry, Room } from "../../chat/model/room.ts";
import { bansOn, nickIn, parseBanOrder } from "../../chat/rules/bans.ts";
import { mayModerate } from "../../chat/rules/modes.ts";
import { durationWords, maskWords } from "../../chat/words/events.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { dateOf, lengthOf } from "../../text/time.ts";
import { NUMERICS, type Numeric } from "../../wire/numerics.ts";
import { CAP } from "../capabilities.ts";
import { lineOf, numericText, secondsOf, shownReason, tellNotice } from "../render/line.ts";
import {
  HISTORY_LETTER,
  KEY_LETTER,
  LETTERS,
  LIMIT_LETTER,
  LIST_LETTERS,
  type ModeMeaning,
  modesOf,
  userModeOf,
  userModesOf,
} from "../render/mode-letters.ts";
import { explain, fault, MODE_NICK } from "../render/refusals.ts";
import { maskTags } from "../render/render.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";

/** MODE of a room, or of the client itself. */
export const MODE_COMMAND: IrcCommand = {
  name: "MODE",
  minParams: 1,
  when: "after",
  usage: "#room|nickname [+-modes [parameters]]",
  help: "Shows or changes the modes of a room, or your own; at most 20 changes at once.",
  run: (session, [target = "", modes, ...params]) => {
    if (target.startsWith(ROOM_SIGN)) runRoomMode(session, target, modes, params);
    else runUserMode(session, target, modes);
  },
};

function runRoomMode(session: IrcSession, name: string, modes: string | undefined, params: readonly string[]): void {
  const { member } = session;
  const room = session.server.chat.roomFor(member, name);
  if (!room || !member) return explain(session, { why: "no-such-room", room: name });
  if (modes === undefined) return sendModes(session, room);
  const { changes, lists, unknown, invalid } = parseModes(modes, params);
  if (changes.length > MOST_CHANGES) return fault(session, "mode-changes", [String(MOST_CHANGES)]);
  session.weigh(Math.max(0, changes.length - 1));
  for (const list of lists) sendList(session, room, list);
  if (changes.length + unknown.size + invalid.length === 0) return;
  // Without the rights the chat's refusal is the only answer, even to letters that do not exist.
  const mayChange = mayModerate(member, room);
  if (changes.length > 0 || !mayChange)
    session.submit({ type: "change-modes", room: room.name, changes: withBansOfNick(session, room, changes) });
  if (!mayChange) return;
  for (const letter of unknown) session.numeric("ERR_UNKNOWNMODE", letter);
  for (const { letter, mode, value } of invalid) {
    if (mode) explain(session, { why: "mode-value-bad", room: room.name, mode, value });
    else session.numeric("ERR_INVALIDMODEPARAM", room.name, letter, "*", MODE_NICK);
  }
}

/** The most changes in one MODE (MODES in RPL_ISUPPORT). */
export const MOST_CHANGES = 20;

function sendModes(session: IrcSession, room: Room): void {
  const isMember = session.member !== undefined && room.members.has(session.member);
  session.numeric("RPL_CHANNELMODEIS", room.name, ...modesOf(room, isMember));
  session.numeric("RPL_CREATIONTIME", room.name, secondsOf(room.created));
}

/** A room's MODE, parsed. */
interface ModeRequest {
  readonly changes: readonly ModeChange[];
  /** The lists to send: their letters came without a parameter. */
  readonly lists: ReadonlySet<ListName>;
  readonly unknown: ReadonlySet<string>;
  /** Letters whose parameter is missing or invalid. */
  readonly invalid: readonly InvalidMode[];
}

/** A letter with an invalid `value`, "" if it is missing. `mode` is not given for a rank, which needs a nick. */
interface InvalidMode {
  readonly letter: string;
  readonly mode: "key" | "limit" | "history" | undefined;
  readonly value: string;
}

/** Parses `+o-v ann bob`: letters that take a parameter get the next one, in order. */
export function parseModes(modes: string, params: readonly string[]): ModeRequest {
  const changes: ModeChange[] = [];
  const lists = new Set<ListName>();
  const unknown = new Set<string>();
  const invalid: InvalidMode[] = [];
  const rest = params[Symbol.iterator]();
  for (const { letter, on } of signedLetters(modes)) {
    const meaning = LETTERS.get(letter);
    const param = meaning && takesParameter(meaning, on) ? rest.next().value || undefined : undefined;
    const change = meaning && changeOf(meaning, on, param);
    if (!meaning) unknown.add(letter);
    else if (change) changes.push(change);
    else if (meaning.kind === "list") lists.add(meaning.mode);
    else invalid.push({ letter, mode: valued(meaning), value: param ?? "" });
  }
  return { changes, lists, unknown, invalid };
}

/** The letters of a MODE, each with its sign; letters before the first sign are set. */
function* signedLetters(modes: string): Generator<{ readonly letter: string; readonly on: boolean }> {
  let on = true;
  for (const letter of modes) {
    if (letter === "+" || letter === "-") on = letter === "+";
    else yield { letter, on };
  }
}

function valued({ kind }: ModeMeaning): "key" | "limit" | "history" | undefined {
  return kind === "key" || kind === "limit" || kind === "history" ? kind : undefined;
}

function takesParameter(meaning: ModeMeaning, on: boolean): boolean {
  switch (meaning.kind) {
    case "flag":
      return false;
    case "limit":
    case "history":
      return on;
    case "rank":
    case "list":
    case "key":
      return true;
  }
}

/** The change that a letter requests; `undefined` if its parameter is missing or invalid. */
function changeOf(meaning: ModeMeaning, on: boolean, param: string | undefined): ModeChange | undefined {
  switch (meaning.kind) {
    case "flag":
      return { mode: meaning.mode, on };
    case "rank":
      return param === undefined ? undefined : { mode: meaning.mode, on, nick: param };
    case "list":
      return param === undefined ? undefined : { mode: meaning.mode, on, mask: param };
    case "key":
      return param === undefined && on ? undefined : { mode: "key", on, key: param ?? "*" };
    case "limit":
      if (!on) return { mode: "limit", on, limit: 0 };
      return limitChange(param);
    case "history": {
      const keeps = on ? keepsOf(param ?? "") : 0;
      return keeps === undefined ? undefined : { mode: "history", on, keeps };
    }
  }
}

/** Sets the limit; `undefined` if `param` is not a whole number that a double can hold exactly. */
function limitChange(param = ""): ModeChange | undefined {
  const limit = /^\d+$/.test(param) ? Number(param) : Number.NaN;
  return Number.isSafeInteger(limit) ? { mode: "limit", on: true, limit } : undefined;
}

const LIST_REPLIES = {
  ban: ["RPL_BANLIST", "RPL_ENDOFBANLIST"],
  exception: ["RPL_EXCEPTLIST", "RPL_ENDOFEXCEPTLIST"],
  invitation: ["RPL_INVEXLIST", "RPL_ENDOFINVEXLIST"],
} as const satisfies Record<keyof typeof LIST_LETTERS, readonly [Numeric, Numeric]>;

function sendList(session: IrcSession, room: Room, list: keyof typeof LIST_LETTERS): void {
  session.emitLong(listLines(session, room, list));
}

function* listLines(session: IrcSession, room: Room, list: keyof typeof LIST_LETTERS): Generator<string> {
  const [item, end] = LIST_REPLIES[list];
  for (const entry of room.lists[list].values()) {
    const { mask, by, at } = entry;
    const [code] = NUMERICS[item];
    const params = [session.nick, room.name, mask.text, by, secondsOf(at)];
    yield showLine(entryTags(session, entry) + lineOf(session.server.name, code, params));
  }
  yield numericText(session.server.name, session.nick, end, room.name);
}

/** An entry's nick, end and reason as tags, for clients that know tags: the numeric has no parameters for them. */
function entryTags(session: IrcSession, entry: ListEntry): string {
  const tags = session.has(CAP.messageTags) ? maskTags(entry) : [];
  return tags.length === 0 ? "" : `@${tags.join(";")} `;
}

/** CHANMODES: the letters of lists, of modes with a parameter, with a parameter to set them only, and without one. */
export function modeKinds(): string {
  const flags = [...LETTERS].filter(([, meaning]) => meaning.kind === "flag").map(([letter]) => letter);
  return [Object.values(LIST_LETTERS).join(""), KEY_LETTER, LIMIT_LETTER + HISTORY_LETTER, flags.join("")].join(",");
}

/** MODE of a nick, which must be the client's own. */
function runUserMode(session: IrcSession, target: string, modes: string | undefined): void {
  const { member } = session;
  if (!session.server.chat.member(target)) return explain(session, { why: "no-such-nick", nick: target });
  if (!member || fold(target) !== fold(member.nick)) return session.numeric("ERR_USERSDONTMATCH");
  if (modes === undefined) return session.numeric("RPL_UMODEIS", userModesOf(member));
  const changes: UserModeChange[] = [];
  let unknown = false;
  for (const { letter, on } of signedLetters(modes)) {
    const userMode = userModeOf(letter);
    if (userMode) changes.push({ userMode, on });
    else unknown = true;
  }
  if (changes.length > 0) session.submit({ type: "change-user-modes", changes });
  if (unknown) session.numeric("ERR_UMODEUNKNOWNFLAG");
}

/** TBAN (InspIRCd): a room ban that expires. It also kicks everyone it matches; a nick bans its holder's account or host. */
export const TBAN_COMMAND: IrcCommand = {
  name: "TBAN",
  minParams: 1,
  when: "after",
  usage: "#room [duration nickname|mask [:reason]]",
  help: "Bans someone from a room for a while, such as 10m, 2h or 7d (0 is for good; m: before the mask only mutes), or lists the bans that expire.",
  run: (session, [name = "", duration, target, reason = ""]) => {
    const { member } = session;
    const room = session.server.chat.roomFor(member, name);
    if (!room || !member) return explain(session, { why: "no-such-room", room: name });
    if (duration === undefined) return listTimedBans(session, room);
    if (target === undefined || target === "") return session.numeric("ERR_NEEDMOREPARAMS", "TBAN");
    const order = parseBanOrder(`x ${duration}`);
    if ("badDuration" in order || order.reason !== "") {
      return session.fail("TBAN", "INVALID_DURATION", [room.name], durationWords(duration));
    }
    const why = shownReason(reason);
    const before = room.members.size;
    const act = { type: "ban-from-room", room: room.name, target, lasts: order.lasts, reason: why } as const;
    session.server.chat.submit(session, act, () => session.weigh(Math.max(0, before - room.members.size)));
  },
};

function listTimedBans(session: IrcSession, room: Room): void {
  const now = session.server.steady();
  const timed = [...room.lists.ban.values()].filter(({ until }) => until !== undefined);
  if (timed.length === 0) return tellNotice(session, `${room.name} has no ban that expires`);
  for (const { mask, whom, until = now, reason } of timed) {
    const why = reason === "" ? "" : `: ${reason}`;
    tellNotice(
      session,
      `${room.name} ${maskWords(mask.text, whom)} until ${dateOf(until)} (${lengthOf(until - now)} left)${why}`,
    );
  }
}

/** Replaces `-b nick` by the bans that match the holder of the nick, unless the nick itself is a mask on the list. */
function withBansOfNick(session: IrcSession, room: Room, changes: readonly ModeChange[]): readonly ModeChange[] {
  const lifted = new Set<ListEntry>();
  return changes.flatMap((change): readonly ModeChange[] => {
    if (change.mode !== "ban" || change.on) return [change];
    const entries = bansOn(room, change.mask, session.server.chat.member(nickIn(change.mask)));
    if (entries.length === 0) return [change];
    const remaining = entries.filter((entry) => !lifted.has(entry));
    for (const entry of remaining) lifted.add(entry);
    return remaining.map(({ mask, whom }) => ({ ...change, mask: mask.text, whom }));
  });
}
