import { type Folded, fold } from "../text/fold.ts";
import { type Message, parseSource } from "../wire/message.ts";
import { catchUp } from "./history.ts";
import { nickFree, nickGot } from "./nicks.ts";
import { nickOf, notedNames, tellNoted } from "./ops.ts";
import { type Effect, type Model, moved, note, type Room, type Step, same, step, withEntry, without } from "./state.ts";

/** Bounds on what a server can make us remember. */
const ROOMS = 200;
const MEMBERS = 20_000; // of one room
const NAME = 200; // characters of a nick or a room's name

const SHOWN = 30; // names in one line; the others are counted

/** JOIN: someone, or we, came into a room. */
export function onJoin(model: Model, message: Message, now: number): Step {
  const [name = ""] = message.params;
  const { nick } = sourceOf(message);
  if (same(nick, model.nick)) return joinedSelf(model, name, message.source ?? "", now);
  return changeRoom(model, name, (room) => [
    addMember(room, nick),
    moved({ nick, how: "came" }, now, `${nick} joined ${room.name}`, [room.name]),
  ]);
}

function joinedSelf(model: Model, name: string, mask: string, now: number): Step {
  const key = fold(name);
  if (name.length > NAME || (!model.rooms.has(key) && model.rooms.size >= ROOMS)) return step(model);
  const before = model.rooms.get(key);
  const again = before !== undefined && model.awaited.has(key);
  const room: Room = { name, members: new Map(), topic: before?.topic ?? "", again };
  const current = model.awaited.get(key)?.current === true || model.current === undefined ? key : model.current;
  const next: Model = {
    ...model,
    mask,
    current,
    rooms: withEntry(model.rooms, key, room),
    awaited: without(model.awaited, key),
    listed: withEntry(model.listed, key, []),
  };
  const past = catchUp(next, name, now);
  if (again) return past;
  return step(past.model, ...past.effects, note("event", now, `${model.nick} joined ${name}`, name));
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
  return left(model, name, nick, now, `${nick} was put out of ${name} by ${by}${because(why)}`, false);
}

function left(model: Model, name: string, nick: string, now: number, words: string, byItself: boolean): Step {
  const key = fold(name);
  if (!same(nick, model.nick)) {
    return changeRoom(model, name, (room) => [
      removeMember(room, nick),
      byItself ? moved({ nick, how: "went" }, now, words, [name]) : note("event", now, words, name),
    ]);
  }
  if (!model.rooms.has(key)) return step(model);
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
  const key = fold(nick);
  const gone = changeEach(model, key, (room) => removeMember(room, nick));
  const words = `${nick} quit${because(message.params[0])}`;
  const seen = gone === model ? [] : [moved({ nick, how: "went" }, now, words, roomsOf(model, key))];
  const after = nickFree(gone, nick);
  return step(after.model, ...seen, ...after.effects);
}

/** NICK: someone, or we, changed names. */
export function onNick(model: Model, message: Message, now: number): Step {
  const [to = ""] = message.params;
  const { nick } = sourceOf(message);
  const renamed = changeEach(model, fold(nick), (room) => addMember(removeMember(room, nick), to));
  if (same(nick, model.nick)) return nickGot(renamed, to, now);
  const seen = renamed === model ? [] : [note("event", now, `${nick} is now ${to}`, ...roomsOf(model, fold(nick)))];
  const after = same(nick, to) ? step(renamed) : nickFree(renamed, nick);
  return step(after.model, ...seen, ...after.effects);
}

/** RPL_MONOFFLINE: nicks that we watch and nobody has. */
export function onOffline(model: Model, message: Message): Step {
  const free = (message.params.at(-1) ?? "").split(",").find((target) => same(parseSource(target).nick, model.wanted));
  return free === undefined ? step(model) : nickFree(model, model.wanted);
}

/** RPL_NAMREPLY: some who are in a room. */
export function onNames(model: Model, message: Message): Step {
  const [, , name = "", text = ""] = message.params;
  const key = fold(name);
  const noted = notedNames(model, name, text.split(" "));
  if (noted !== undefined) return step({ ...model, inspecting: noted });
  const before = model.listed.get(key) ?? [];
  if (name.length > NAME || before.length >= MEMBERS || (before.length === 0 && model.listed.size > ROOMS)) {
    return step(model);
  }
  const nicks = text.split(" ").map((word) => nickOf(word, model.support.marks));
  const all = [...before, ...nicks.filter((nick) => nick !== "" && nick.length <= NAME)].slice(0, MEMBERS);
  return step({ ...model, listed: withEntry(model.listed, key, all) });
}

/** RPL_ENDOFNAMES: now all are known. */
export function onNamesEnd(model: Model, message: Message, now: number): Step {
  const name = message.params[1] ?? "";
  const noted = tellNoted(model, name, now);
  if (noted !== undefined) return noted;
  const key = fold(name);
  const nicks = model.listed.get(key);
  const listed = without(model.listed, key);
  const room = model.rooms.get(key);
  if (nicks === undefined) return step(model, note("event", now, `Nobody is in ${name}, or it is not shown.`));
  if (room === undefined) return step({ ...model, listed }, note("event", now, peopleOf(name, nicks)));
  const members = new Map(nicks.map((nick) => [fold(nick), nick]));
  const next = { ...model, listed, rooms: withEntry(model.rooms, key, { ...room, members, again: false }) };
  return room.again ? step(next) : step(next, note("event", now, peopleOf(name, nicks), name));
}

/** `In #lobby: ann, bob`, with the rest counted if they are many. */
export function peopleOf(room: string, nicks: Iterable<string>): string {
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
  return step(model, note("event", now, `${by} set ${modes.join(" ")} on ${room.name}`, room.name));
}

/** Who a message comes from; a server has its name as its nick. */
export function sourceOf(message: Message): { readonly nick: string } {
  return parseSource(message.source ?? "");
}

function because(why: string | undefined): string {
  return why === undefined || why === "" ? "" : ` (${why})`;
}

function addMember(room: Room, nick: string): Room {
  if (nick.length > NAME || room.members.size >= MEMBERS) return room;
  return { ...room, members: withEntry(room.members, fold(nick), nick) };
}

function removeMember(room: Room, nick: string): Room {
  return { ...room, members: without(room.members, fold(nick)) };
}

function roomsOf(model: Model, member: Folded): readonly string[] {
  return Array.from(model.rooms.values()).flatMap((room) => (room.members.has(member) ? room.name : []));
}

function changeRoom(model: Model, name: string, change: (room: Room) => readonly [Room, Effect]): Step {
  const key = fold(name);
  const room = model.rooms.get(key);
  if (room === undefined) return step(model);
  const [next, effect] = change(room);
  return step({ ...model, rooms: withEntry(model.rooms, key, next) }, effect);
}

/** Changes every room that has this member; the same model if none has. */
function changeEach(model: Model, member: Folded, change: (room: Room) => Room): Model {
  let rooms: Map<Folded, Room> | undefined;
  for (const [key, room] of model.rooms) {
    if (!room.members.has(member)) continue;
    rooms ??= new Map(model.rooms);
    rooms.set(key, change(room));
  }
  return rooms === undefined ? model : { ...model, rooms };
}
