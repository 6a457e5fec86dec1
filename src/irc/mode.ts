import type { ModeChange } from "../chat/modes.ts";
import { ROOM_SIGN } from "../chat/names.ts";
import type { Room } from "../chat/room.ts";
import { fold } from "../text/fold.ts";
import type { Numeric } from "../wire/numerics.ts";
import type { Command } from "./commands.ts";
import { KEY_LETTER, LETTERS, type Lettered, LIMIT_LETTER, LIST_LETTERS, modesOf } from "./letters.ts";
import type { IrcSession } from "./session.ts";

/** MODE, of a room or of oneself. */
export const MODE_COMMAND: Command = {
  name: "MODE",
  fewest: 1,
  when: "after",
  usage: "#room|nickname [+-modes [parameters]]",
  help: "Shows or changes the modes of a room, or your own.",
  run: (session, [target = "", modes, ...params]) => {
    if (target.startsWith(ROOM_SIGN)) runRoomMode(session, target, modes, params);
    else runUserMode(session, target, modes);
  },
};

function runUserMode(session: IrcSession, target: string, modes: string | undefined): void {
  if (!session.server.chat.member(target)) return session.numeric("ERR_NOSUCHNICK", target);
  if (fold(target) !== fold(session.nick)) return session.numeric("ERR_USERSDONTMATCH");
  if (modes === undefined) return session.numeric("RPL_UMODEIS", "+");
  if (/[^+-]/.test(modes)) session.numeric("ERR_UMODEUNKNOWNFLAG");
}

function runRoomMode(session: IrcSession, name: string, modes: string | undefined, params: readonly string[]): void {
  const room = session.server.chat.roomFor(session.member, name);
  if (!room) return session.numeric("ERR_NOSUCHCHANNEL", name);
  if (modes === undefined) return sendModes(session, room);
  const changes = parseChanges(session, room, modes, params);
  if (changes.length > 0) session.submit({ type: "change-modes", room: room.name, changes });
}

function sendModes(session: IrcSession, room: Room): void {
  const isMember = session.member !== undefined && room.members.has(session.member);
  session.numeric("RPL_CHANNELMODEIS", room.name, ...modesOf(room, isMember));
  session.numeric("RPL_CREATIONTIME", room.name, String(Math.floor(room.created / 1000)));
}

/** `+o-v ann bob` as changes. Unknown letters and missing parameters are answered, and lists shown, on the way. */
function parseChanges(session: IrcSession, room: Room, modes: string, params: readonly string[]): ModeChange[] {
  const changes: ModeChange[] = [];
  const shown = new Set<string>();
  const rest = params[Symbol.iterator]();
  let on = true;
  for (const letter of modes) {
    if (letter === "+" || letter === "-") {
      on = letter === "+";
      continue;
    }
    const meaning = LETTERS.get(letter);
    if (!meaning) {
      if (!shown.has(letter)) session.numeric("ERR_UNKNOWNMODE", letter);
      shown.add(letter);
      continue;
    }
    const param = takesParameter(meaning, on) ? rest.next().value : undefined;
    if (meaning.kind === "list" && param === undefined) {
      if (!shown.has(letter)) sendList(session, room, meaning.mode);
      shown.add(letter);
      continue;
    }
    const change = changeOf(meaning, on, param);
    if (change) changes.push(change);
    else session.numeric("ERR_INVALIDMODEPARAM", room.name, letter, "*", "You must give a parameter for this mode");
  }
  return changes;
}

function takesParameter(meaning: Lettered, on: boolean): boolean {
  switch (meaning.kind) {
    case "flag":
      return false;
    case "limit":
      return on;
    case "rank":
    case "list":
    case "key":
      return true;
  }
}

/** The change that a letter asks for; `undefined` where its parameter is missing. */
function changeOf(meaning: Lettered, on: boolean, param: string | undefined): ModeChange | undefined {
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
      return param === undefined ? undefined : { mode: "limit", on, limit: /^\d+$/.test(param) ? Number(param) : 0 };
  }
}

const LIST_REPLIES = {
  ban: ["RPL_BANLIST", "RPL_ENDOFBANLIST"],
  exception: ["RPL_EXCEPTLIST", "RPL_ENDOFEXCEPTLIST"],
  invitation: ["RPL_INVEXLIST", "RPL_ENDOFINVEXLIST"],
} as const satisfies Record<keyof typeof LIST_LETTERS, readonly [Numeric, Numeric]>;

function sendList(session: IrcSession, room: Room, list: keyof typeof LIST_LETTERS): void {
  const [item, end] = LIST_REPLIES[list];
  for (const { mask, by, at } of room.lists[list].values()) {
    session.numeric(item, room.name, mask.text, by, String(Math.floor(at / 1000)));
  }
  session.numeric(end, room.name);
}

/** CHANMODES: lists, always a parameter, a parameter to set, none. */
export function modeKinds(): string {
  const flags = [...LETTERS].filter(([, meaning]) => meaning.kind === "flag").map(([letter]) => letter);
  return [Object.values(LIST_LETTERS).join(""), KEY_LETTER, LIMIT_LETTER, flags.join("")].join(",");
}
