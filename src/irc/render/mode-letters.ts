import type { Member } from "../../chat/model/member.ts";
import {
  type Flag,
  keepsText,
  type ListName,
  type ModeChange,
  type Rank,
  type UserMode,
  type UserModeChange,
} from "../../chat/model/modes.ts";
import type { Room } from "../../chat/model/room.ts";

/** The letters of lists of masks. This table and those below are by the kind of parameter (CHANMODES in RPL_ISUPPORT). */
export const LIST_LETTERS: Readonly<Record<ListName, string>> = { ban: "b", exception: "e", invitation: "I" };
/** The letters of modes without a parameter. */
export const FLAG_LETTERS: Readonly<Record<Flag, string>> = {
  "no-queries": "C",
  "invite-only": "i",
  moderated: "m",
  "members-only": "n",
  secret: "s",
  "topic-locked": "t",
};
/** The letters of ranks, whose parameter is a nick (PREFIX in RPL_ISUPPORT). */
export const RANK_LETTERS: Readonly<Record<Rank, string>> = { operator: "o", voice: "v" };
/** The letter of the key, always with a parameter. */
export const KEY_LETTER = "k";
/** The letter of the limit of members, with a parameter only to set it. */
export const LIMIT_LETTER = "l";

/** The letter of how long messages are kept, with a parameter only to set it: `7d`, or `off`. */
export const HISTORY_LETTER = "H";

/** The letters of user modes, which hold on the whole server. */
export const USER_MODE_LETTERS: Readonly<Record<UserMode, string>> = {
  "accounts-only": "R",
  bot: "B",
  invisible: "i",
  operator: "o",
  announcements: "w",
};

/** The prefixes of ranks: before a nick, and before a room's name as a target for these ranks only (STATUSMSG). */
export const STATUS: Readonly<Record<Rank, string>> = { operator: "@", voice: "+" };

/** The meaning of a mode letter. */
export type ModeMeaning =
  | { readonly kind: "flag"; readonly mode: Flag }
  | { readonly kind: "rank"; readonly mode: Rank }
  | { readonly kind: "list"; readonly mode: ListName }
  | { readonly kind: "key" }
  | { readonly kind: "limit" }
  | { readonly kind: "history" };

function* rows(): Generator<readonly [letter: string, meaning: ModeMeaning]> {
  for (const [mode, letter] of entries(FLAG_LETTERS)) yield [letter, { kind: "flag", mode }];
  for (const [mode, letter] of entries(RANK_LETTERS)) yield [letter, { kind: "rank", mode }];
  for (const [mode, letter] of entries(LIST_LETTERS)) yield [letter, { kind: "list", mode }];
  yield [KEY_LETTER, { kind: "key" }];
  yield [LIMIT_LETTER, { kind: "limit" }];
  yield [HISTORY_LETTER, { kind: "history" }];
}

/** `Object.entries` with the type of the keys. */
function entries<K extends string, V>(record: Readonly<Record<K, V>>): readonly (readonly [K, V])[] {
  return Object.entries(record) as [K, V][];
}

/** Every letter of a room's modes, with its meaning. */
export const LETTERS: ReadonlyMap<string, ModeMeaning> = new Map(rows());

/** Changes as the parameters of a room's MODE: `+ov-k ann bob key`. */
export function modeLine(changes: readonly ModeChange[]): string {
  const lettered = changes.map((change) => ({ on: change.on, letter: letterOf(change) }));
  const params = lettered.flatMap(({ letter: [, param] }) => (param === undefined ? [] : [param]));
  return [signed(lettered.map(({ on, letter: [letter] }) => ({ on, letter }))), ...params].join(" ");
}

/** Changes as the parameter of a user's MODE: `+iw-B`. */
export function userModeLine(changes: readonly UserModeChange[]): string {
  return signed(changes.map(({ userMode, on }) => ({ on, letter: USER_MODE_LETTERS[userMode] })));
}

/** Letters, with a sign where it changes. */
function signed(changes: readonly { readonly on: boolean; readonly letter: string }[]): string {
  let text = "";
  let last: boolean | undefined;
  for (const { on, letter } of changes) {
    if (on !== last) text += on ? "+" : "-";
    last = on;
    text += letter;
  }
  return text;
}

function letterOf(change: ModeChange): readonly [letter: string, param?: string] {
  if ("nick" in change) return [RANK_LETTERS[change.mode], change.nick];
  if ("mask" in change) return [LIST_LETTERS[change.mode], change.mask];
  if (change.mode === "key") return [KEY_LETTER, change.key];
  if (change.mode === "history") return change.on ? [HISTORY_LETTER, keepsText(change.keeps)] : [HISTORY_LETTER];
  if (change.mode === "limit") return change.on ? [LIMIT_LETTER, String(change.limit)] : [LIMIT_LETTER];
  return [FLAG_LETTERS[change.mode]];
}

/** A room's modes as the parameters of RPL_CHANNELMODEIS; for others than members the key is `*`. */
export function modesOf(room: Room, isMember: boolean): readonly string[] {
  let letters = "+";
  const params: string[] = [];
  for (const [flag, letter] of entries(FLAG_LETTERS)) if (room.flags.has(flag)) letters += letter;
  if (room.password !== undefined) {
    letters += KEY_LETTER;
    params.push(isMember ? room.password : "*");
  }
  if (room.limit !== undefined) {
    letters += LIMIT_LETTER;
    params.push(String(room.limit));
  }
  if (room.keeps !== undefined) {
    letters += HISTORY_LETTER;
    params.push(keepsText(room.keeps));
  }
  return [letters, ...params];
}

/** A member's user modes, as in RPL_UMODEIS. */
export function userModesOf(member: Member): string {
  return `+${entries(USER_MODE_LETTERS)
    .filter(([userMode]) => member.userModes.has(userMode))
    .map(([, letter]) => letter)
    .join("")}`;
}

/** The user mode of a letter. */
export function userModeOf(letter: string): UserMode | undefined {
  return entries(USER_MODE_LETTERS).find((entry) => entry[1] === letter)?.[0];
}

/** The prefixes of a member's nick in a room: all of them (multi-prefix), or the highest only. */
export function signsOf(room: Room, member: Member, all: boolean): string {
  const ranks = room.members.get(member)?.ranks;
  if (!ranks || ranks.size === 0) return "";
  const operator = ranks.has("operator") ? STATUS.operator : "";
  const voice = ranks.has("voice") ? STATUS.voice : "";
  return all || operator === "" ? operator + voice : operator;
}
