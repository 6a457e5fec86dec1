import { type Folded, fold } from "../../text/fold.ts";
import { roomChangeWords } from "../../text/mode-words.ts";
import { type Message, parseSource } from "../../wire/message.ts";
import { catchUp } from "./history.ts";
import { Members } from "./members.ts";
import { nickFree, nickGot } from "./nicks.ts";
import { type ClientRoom, type Model, moved, note, type Step, same, step, withEntry, without } from "./state.ts";

/** Bounds on what a server can make us remember. */
const ROOMS = 200;
const NAME = 200; // characters of a room's name

const SHOWN = 30; // names in one line; the others are counted

/** JOIN: someone, or we, came into a room. */
export function onJoin(model: Model, message: Message, now: number): Step {
  const [name = ""] = message.params;
  const { nick } = sourceOf(message);
  if (same(nick, model.nick)) return joinedSelf(model, name, message.source ?? "", now);
  const room = model.rooms.get(fold(name));
  if (room === undefined) return step(model);
  room.members.add(nick);
  return step(model, moved({ nick, how: "came" }, now, `${nick} joined ${room.name}`, [room.name]));
}

/** A room is ours if we asked for it, or if another session of our account may have. */
function isWanted(model: Model, key: Folded): boolean {
  if (model.rooms.has(key) || model.awaited.has(key)) return true;
  const isLoggedIn = model.account !== undefined && (model.identity.account ?? model.login) !== undefined;
  return isLoggedIn && model.rooms.size < ROOMS;
}

function joinedSelf(model: Model, name: string, mask: string, now: number): Step {
  const key = fold(name);
  if (name.length > NAME || !isWanted(model, key)) return step(model);
  const before = model.rooms.get(key);
  const again = before !== undefined && model.awaited.has(key);
  before?.members.clear();
  model.listed.get(key)?.clear();
  const room: ClientRoom = { name, members: new Members(model.names), topic: before?.topic ?? "", again };
  const current = model.awaited.get(key)?.current === true || model.current === undefined ? key : model.current;
  const next: Model = {
    ...model,
    mask,
    current,
    rooms: withEntry(model.rooms, key, room),
    awaited: without(model.awaited, key),
    listed: withEntry(model.listed, key, new Members(model.names)),
  };
  const past = catchUp(next, name, now);
  if (again) return past;
  return step(past.model, ...past.effects, note("event", now, `${model.nick} joined ${name}`, name));
}

/** ERR_LINKCHANNEL: the room that we asked for leads to another. */
export function onForward(model: Model, message: Message, now: number): Step {
  const [, from = "", to = ""] = message.params;
  const asked = model.awaited.get(fold(from));
  if (asked === undefined || to === "") return step(model);
  const awaited = withEntry(without(model.awaited, fold(from)), fold(to), { ...asked, name: to });
  return step({ ...model, awaited }, note("event", now, `${from} leads to ${to}.`));
}

/** PART: someone, or we, left a room. */
export function onPart(model: Model, message: Message, now: number): Step {
  const [name = "", why] = message.params;
  const { nick } = sourceOf(message);
  return left(model, name, nick, now, `${nick} left ${name}${because(why)}`, true);
}

/** KICK: someone, or we, was put out of a room. */
export function onKick(model: Model, message: Message, now: number): Step {
  const [name = "", nick = "", why] = message.params;
  const { nick: by } = sourceOf(message);
  // Servers give the nick of whoever kicked as the reason, where that one gave none.
  const reason = why === by ? undefined : why;
  return left(model, name, nick, now, `${nick} was put out of ${name} by ${by}${because(reason)}`, false);
}

function left(model: Model, name: string, nick: string, now: number, words: string, byItself: boolean): Step {
  const key = fold(name);
  const room = model.rooms.get(key);
  if (room === undefined) return step(model);
  if (!same(nick, model.nick)) {
    room.members.remove(nick);
    return step(model, byItself ? moved({ nick, how: "went" }, now, words, [name]) : note("event", now, words, name));
  }
  room.members.clear();
  model.listed.get(key)?.clear();
  const rooms = without(model.rooms, key);
  const current = model.current === key ? [...rooms.keys()].at(-1) : model.current;
  const next = { ...model, rooms, current, listed: without(model.listed, key) };
  const name2 = current === undefined ? undefined : rooms.get(current)?.name;
  const there = current === model.current || name2 === undefined ? [] : [note("event", now, `Now in ${name2}.`)];
  return step(next, note("event", now, words, name), ...there);
}

/** QUIT: someone is gone, from all rooms. */
export function onQuit(model: Model, message: Message, now: number): Step {
  const { nick } = sourceOf(message);
  if (same(nick, model.nick)) return step(model);
  const rooms = roomsWith(model, fold(nick));
  for (const { members } of rooms) members.remove(nick);
  const words = `${nick} quit${because(message.params[0])}`;
  const seen = rooms.length === 0 ? [] : [moved({ nick, how: "went" }, now, words, namesOf(rooms))];
  const after = nickFree(model, nick);
  return step(after.model, ...seen, ...after.effects);
}

/** NICK: someone, or we, changed names. */
export function onNick(model: Model, message: Message, now: number): Step {
  const [to = ""] = message.params;
  const { nick } = sourceOf(message);
  const rooms = roomsWith(model, fold(nick));
  for (const { members } of rooms) {
    members.remove(nick);
    members.add(to);
  }
  if (same(nick, model.nick)) return nickGot(model, to, now);
  const seen = rooms.length === 0 ? [] : [note("event", now, `${nick} is now ${to}`, ...namesOf(rooms))];
  const after = same(nick, to) ? step(model) : nickFree(model, nick);
  return step(after.model, ...seen, ...after.effects);
}

/** RPL_MONOFFLINE: nicks that we watch and nobody has. */
export function onOffline(model: Model, message: Message): Step {
  const free = (message.params.at(-1) ?? "").split(",").find((target) => same(parseSource(target).nick, model.wanted));
  return free === undefined ? step(model) : nickFree(model, model.wanted);
}

/** RPL_NAMREPLY: some who are in a room that we have just come into. */
export function onNames(model: Model, message: Message): Step | undefined {
  const [, , name = "", text = ""] = message.params;
  const members = model.listed.get(fold(name));
  if (members === undefined) return undefined;
  for (const word of text.split(" ")) members.add(nickOf(word, model.support.marks));
  return step(model);
}

/** The nick of a word of RPL_NAMREPLY, without its marks and what else may stand behind it. */
function nickOf(word: string, marks: string): string {
  let at = 0;
  while (at < word.length && marks.includes(word.charAt(at))) at++;
  return parseSource(word.slice(at)).nick;
}

/** RPL_ENDOFNAMES: now all are known. */
export function onNamesEnd(model: Model, message: Message, now: number): Step | undefined {
  const key = fold(message.params[1] ?? "");
  const members = model.listed.get(key);
  const room = model.rooms.get(key);
  if (members === undefined || room === undefined) return undefined;
  room.members.clear();
  const listed = without(model.listed, key);
  const next = { ...model, listed, rooms: withEntry(model.rooms, key, { ...room, members, again: false }) };
  if (room.again) return step(next);
  return step(next, note("event", now, peopleOf(room.name, members.values()), room.name));
}

/** The model without what is being listed, as at the end of a connection. */
export function withoutLists(model: Model): Model {
  for (const members of model.listed.values()) members.clear();
  return { ...model, listed: new Map() };
}

/** `In #lobby: ann, bob`, with the rest counted if they are many. */
function peopleOf(room: string, nicks: Iterable<string>): string {
  const all = [...nicks];
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : "";
  return `In ${room}: ${all.slice(0, SHOWN).join(", ")}${more}`;
}

/** INVITE. */
export function onInvite(model: Model, message: Message, now: number): Step {
  const room = message.params[1] ?? "";
  return step(model, note("event", now, `${sourceOf(message).nick} invites you: /join ${room}`));
}

/** MODE: shown for rooms, not for ourselves. */
export function onMode(model: Model, message: Message, now: number): Step {
  const [name = "", ...modes] = message.params;
  const room = model.rooms.get(fold(name));
  if (room === undefined) return step(model);
  const by = sourceOf(message).nick || "The server";
  return step(model, ...modeLines(by, room.name, modes).map((words) => note("event", now, words, room.name)));
}

/** Who a message comes from; a server has its name as its nick. */
export function sourceOf(message: Message): { readonly nick: string } {
  return parseSource(message.source ?? "");
}

function because(why: string | undefined): string {
  return why === undefined || why === "" ? "" : ` (${why})`;
}

function roomsWith(model: Model, member: Folded): readonly ClientRoom[] {
  return model.rooms
    .values()
    .filter(({ members }) => members.has(member))
    .toArray();
}

function namesOf(rooms: readonly ClientRoom[]): readonly string[] {
  return rooms.map(({ name }) => name);
}

/** The letters that every server has alike, by the names of their modes; with them, whether they take a parameter. */
const MODES: ReadonlyMap<string, readonly [name: string, takes: "always" | "on" | "never"]> = new Map([
  ["o", ["operator", "always"]],
  ["v", ["voice", "always"]],
  ["b", ["ban", "always"]],
  ["e", ["exception", "always"]],
  ["I", ["invitation", "always"]],
  ["k", ["key", "always"]],
  ["l", ["limit", "on"]],
  ["i", ["invite-only", "never"]],
  ["m", ["moderated", "never"]],
  ["n", ["members-only", "never"]],
  ["s", ["secret", "never"]],
  ["t", ["topic-locked", "never"]],
]);

const MOST = 20; // changes that are told one by one

/**
 * The changes of a MODE, a sentence each; the line as it came, where a letter is among them that servers differ in, or
 * where they are many.
 */
export function modeLines(by: string, room: string, [letters = "", ...params]: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let on = true;
  let at = 0;
  for (const letter of letters) {
    if (letter === "+" || letter === "-") {
      on = letter === "+";
      continue;
    }
    const [name, takes] = MODES.get(letter) ?? [];
    if (name === undefined || lines.length === MOST) return [`${by} set ${[letters, ...params].join(" ")} on ${room}`];
    const value = takes === "always" || (takes === "on" && on) ? (params[at++] ?? "") : "";
    const isMute = name === "ban" && value.startsWith("m:");
    lines.push(roomChangeWords({ by, room, on, mode: isMute ? "mute" : name, value: isMute ? value.slice(2) : value }));
  }
  return lines;
}
