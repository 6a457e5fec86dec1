import { type Folded, fold } from "../../text/fold.ts";
import { durationOf, lengthOf } from "../../text/time.ts";
import { roomChangeWords } from "../../text/words.ts";
import { parseSource } from "../../wire/message.ts";
import { NUMERICS } from "../../wire/numerics.ts";
import { withRenamedIgnored } from "../commands/slash.ts";
import { catchUp } from "./history.ts";
import { Members } from "./members.ts";
import { nickFree, nickGot } from "./nicks.ts";
import { ROOMS, rememberedMarker } from "./read-markers.ts";
import type { Support } from "./registration.ts";
import { request } from "./requests.ts";
import { type ClientRoom, currentRoom, ROOM_NAME, removedFrom, withoutRoom } from "./rooms.ts";
import { lastParam, type ServerMessage, senderOf } from "./server-message.ts";
import {
  andThen,
  LINKED,
  type Model,
  moveNote,
  note,
  type Step,
  same,
  step,
  withCurrent,
  withEntry,
  without,
} from "./state.ts";

/**
 * The members of rooms: joins, departures and nicks (JOIN, PART, KICK, QUIT, NICK, NAMES), away states (AWAY, and WHO
 * when we join), and changes of modes.
 */

const MOST_ROOMS = 200; // rooms that other sessions of our account may join us to
const RETURN = 120_000; // ms after a reconnect in which joins of earlier members are not shown
const SHOWN = 30; // names in one line; the rest is counted

/** JOIN: someone else or we joined a room. */
export function onJoin(model: Model, message: ServerMessage, now: number): Step {
  const [name = ""] = message.params;
  const nick = senderOf(message);
  if (same(nick, model.nick)) return onOwnJoin(model, name, message.source ?? "", now);
  const room = model.rooms.get(fold(name));
  if (room === undefined) return step(model);
  forgetUnseen(model, nick);
  room.members.add(nick);
  const isBack = room.absent !== undefined && now < room.absent.until && room.absent.nicks.has(fold(nick));
  if (isBack) return step(model);
  return step(model, moveNote({ nick, how: "came" }, now, `${nick} joined ${room.name}`, [room.name]));
}

/** Whether to accept a JOIN of ours: we asked to join the room, or another session of our account may have. */
function isWanted(model: Model, key: Folded): boolean {
  if (model.rooms.has(key) || model.joining.has(key)) return true;
  const isLoggedIn = model.account !== undefined && (model.identity.account ?? model.login) !== undefined;
  return (isLoggedIn || model.restoring !== undefined) && model.rooms.size < MOST_ROOMS;
}

function onOwnJoin(model: Model, name: string, mask: string, now: number): Step {
  const key = fold(name);
  if (name.length > ROOM_NAME || !isWanted(model, key)) return step(model);
  const known = model.rooms.get(key);
  const before = known?.isAwaited ? undefined : known;
  const asked = model.joining.get(key);
  const isReturn = model.restoring !== undefined || asked?.isReturn === true || before !== undefined;
  const isCurrent = asked?.current === true || model.current === undefined;
  const isShown = isCurrent || model.current === key || model.streams.get(key)?.last !== undefined;
  // If the server counts unread messages, the history of a room that is not shown can be loaded later.
  const isUnloaded = isReturn && !isShown && model.caps.has(ROOMS) && (before === undefined || before.isUnloaded);
  const absent = before && isReturn ? { absent: absentOf(before, now) } : {};
  before?.members.clear();
  model.arrivingNames.get(key)?.clear();
  const room: ClientRoom = {
    name,
    members: new Members(model.nameBudget),
    topic: before?.topic ?? "",
    shown: !isReturn && asked ? "all" : before ? "changes" : "nothing",
    isUnloaded,
    ...absent,
  };
  const next: Model = {
    ...(isCurrent ? withCurrent(model, key) : model),
    mask,
    rooms: withEntry(model.rooms, key, room),
    joining: without(model.joining, key),
    kicked: new Set([...model.kicked].filter((other) => other !== key)),
    restoring: model.restoring && new Set([...model.restoring].filter((other) => other !== key)),
    arrivingNames: withEntry(model.arrivingNames, key, new Members(model.nameBudget)),
  };
  const marked = step(next, ...(before ? [] : rememberedMarker(model, name)));
  const caughtUp = andThen(marked, (last) => (room.isUnloaded ? step(last) : catchUp(last, name, now)));
  if (isReturn) return caughtUp;
  return andThen(caughtUp, (last) => step(last, note("event", now, `${model.nick} joined ${name}`, name)));
}

/** The members of a room from before a reconnect. */
function absentOf({ members }: ClientRoom, now: number): NonNullable<ClientRoom["absent"]> {
  return { nicks: new Set([...members.entries()].map(([nick]) => nick)), until: now + RETURN };
}

/** ERR_LINKCHANNEL: the room that we asked to join forwards to another. */
export function onForward(model: Model, message: ServerMessage, now: number): Step {
  const [, from = "", to = ""] = message.params;
  const asked = model.joining.get(fold(from));
  if (asked === undefined || to === "") return step(model);
  const known = from === LINKED ? { ...model, linked: to } : model;
  if (model.rooms.has(fold(to)))
    return step({ ...withCurrent(known, fold(to)), joining: without(model.joining, fold(from)) });
  const joining = withEntry(without(model.joining, fold(from)), fold(to), { ...asked, name: to });
  const next = { ...known, joining };
  return from === LINKED ? step(next) : step(next, note("event", now, `${from} forwards to ${to}.`));
}

/** PART: someone else or we left a room. */
export function onPart(model: Model, message: ServerMessage, now: number): Step {
  const [name = "", why] = message.params;
  const nick = senderOf(message);
  return onLeft(model, name, nick, now, `${nick} left ${name}${because(why)}`, true);
}

/** KICK: someone else or we were removed from a room. */
export function onKick(model: Model, message: ServerMessage, now: number): Step {
  const [name = "", nick = "", why] = message.params;
  const by = senderOf(message);
  // Without a reason, servers send the nick of the operator as the reason.
  const reason = why === by ? undefined : why;
  const isOwn = same(nick, model.nick) && model.rooms.has(fold(name));
  const kicked = isOwn ? new Set([...model.kicked, fold(name)].slice(-MOST_ROOMS)) : model.kicked;
  return onLeft(
    { ...model, kicked },
    name,
    nick,
    now,
    `${nick} was kicked from ${name} by ${by}${because(reason)}`,
    false,
  );
}

/** Someone else or we left a room; `byItself`: of their own accord, so that the ui may fold it with other moves. */
function onLeft(model: Model, name: string, nick: string, now: number, words: string, byItself: boolean): Step {
  const key = fold(name);
  const room = model.rooms.get(key);
  if (room === undefined) return step(model);
  if (!same(nick, model.nick)) {
    room.members.remove(nick);
    return step(
      model,
      byItself ? moveNote({ nick, how: "went" }, now, words, [name]) : note("event", now, words, name),
    );
  }
  model.arrivingNames.get(key)?.clear();
  const rest = byItself ? withoutRoom(model, key) : removedFrom(model, key);
  const next = { ...rest, arrivingNames: without(model.arrivingNames, key) };
  const current = next.current === model.current ? undefined : currentRoom(next);
  const moved = current === undefined ? [] : [note("event", now, `Now in ${current.name}.`)];
  return step(next, note("event", now, words, name), ...moved);
}

/** QUIT: someone left the server, and so all rooms. */
export function onQuit(model: Model, message: ServerMessage, now: number): Step {
  const nick = senderOf(message);
  if (same(nick, model.nick)) return step(model);
  const rooms = roomsWith(model, fold(nick));
  for (const { members } of rooms) members.remove(nick);
  model.profiles.remove(nick);
  model.away.set(nick, undefined);
  const words = `${nick} quit${because(message.params[0])}`;
  const seen = rooms.length === 0 ? [] : [moveNote({ nick, how: "went" }, now, words, namesOf(rooms))];
  return andThen(step(model, ...seen), (next) => nickFree(next, nick));
}

/** NICK: someone else or we changed nicks. */
export function onNick(model: Model, message: ServerMessage, now: number): Step {
  const [to = ""] = message.params;
  const nick = senderOf(message);
  const rooms = roomsWith(model, fold(nick));
  for (const { members } of rooms) members.rename(nick, to);
  model.profiles.rename(nick, to);
  model.away.rename(nick, to);
  if (same(nick, model.nick)) return nickGot(model, to, now);
  const seen = rooms.length === 0 ? [] : [note("event", now, `${nick} is now ${to}`, ...namesOf(rooms))];
  return andThen(step(withRenamedIgnored(model, nick, to), ...seen), (next) =>
    same(nick, to) ? step(next) : nickFree(next, nick),
  );
}

/** RPL_MONOFFLINE: monitored nicks that are not in use. */
export function onOffline(model: Model, message: ServerMessage): Step {
  const free = lastParam(message)
    .split(",")
    .find((target) => same(parseSource(target).nick, model.wanted));
  return free === undefined ? step(model) : nickFree(model, model.wanted);
}

/** RPL_KEYVALUE or RPL_KEYNOTSET: metadata of a person. Also shown if it answers a command of the user. */
export function onMetadata(model: Model, { command, params }: ServerMessage): undefined {
  const [, target = "", key = ""] = params;
  model.profiles.set(target, key, command === SET ? (params[4] ?? "") : "");
}

const [SET] = NUMERICS.RPL_KEYVALUE;

/** RPL_NAMREPLY: some members of a room that we have just joined; `undefined` for any other room. */
export function onNames(model: Model, message: ServerMessage): Step | undefined {
  const [, , name = "", text = ""] = message.params;
  const members = model.arrivingNames.get(fold(name));
  if (members === undefined) return undefined;
  for (const word of text.split(" ")) {
    const nick = nickOf(word, model.support.marks);
    members.add(nick.nick, nick.marks);
  }
  return step(model);
}

/** A nick and its marks in a word of RPL_NAMREPLY, without the `!user@host` of userhost-in-names. */
function nickOf(word: string, marks: string): { readonly nick: string; readonly marks: string } {
  let at = 0;
  while (at < word.length && marks.includes(word.charAt(at))) at++;
  return { nick: parseSource(word.slice(at)).nick, marks: word.slice(0, at) };
}

/** RPL_ENDOFNAMES: the member list of a room is complete; `undefined` if none was arriving. */
export function onNamesEnd(model: Model, message: ServerMessage, now: number): Step | undefined {
  const key = fold(message.params[1] ?? "");
  const members = model.arrivingNames.get(key);
  const room = model.rooms.get(key);
  if (members === undefined || room === undefined) return undefined;
  room.members.clear();
  for (const nick of members.values()) forgetUnseen(model, nick);
  const arrivingNames = without(model.arrivingNames, key);
  const complete: ClientRoom = { ...room, members, shown: "all" };
  const next = { ...model, arrivingNames, rooms: withEntry(model.rooms, key, complete) };
  const shown = room.shown === "all" ? [note("event", now, memberWords(room.name, members.values()), room.name)] : [];
  model.away.forget(key);
  return andThen(step(next, ...shown), (last) => (key === last.current ? askAway(last) : step(last)));
}

/** Forgets the profile of a person with whom we share no room: it may be outdated, and the server sends the current one. */
function forgetUnseen(model: Model, nick: string): void {
  if (same(nick, model.nick)) return;
  if (model.profiles.has(nick) && roomsWith(model, fold(nick)).length === 0) model.profiles.remove(nick);
}

/** The end of a connection: the model without arriving member lists. */
export function withoutArrivingNames(model: Model): Model {
  for (const members of model.arrivingNames.values()) members.clear();
  return { ...model, arrivingNames: new Map() };
}

/** `In #lobby: ann, bob`, or `… and 5 more` beyond 30. */
function memberWords(room: string, nicks: Iterable<string>): string {
  const all = [...nicks];
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : "";
  return `In ${room}: ${all.slice(0, SHOWN).join(", ")}${more}`;
}

/** INVITE. */
export function onInvite(model: Model, message: ServerMessage, now: number): Step {
  const room = message.params[1] ?? "";
  return step(model, note("event", now, `${senderOf(message)} invites you: /join ${room}`));
}

const OPERATOR_ON = /\+[^-]*o/;
const OPERATOR_OFF = /-[^+]*o/;

/** MODE of a room. Our own user modes are not shown; one makes us an operator of the server. */
export function onMode(model: Model, message: ServerMessage, now: number): Step {
  const [name = "", ...modes] = message.params;
  const room = model.rooms.get(fold(name));
  if (same(name, model.nick)) {
    const [letters = ""] = modes;
    const isServerOperator = OPERATOR_ON.test(letters) || (model.isServerOperator && !OPERATOR_OFF.test(letters));
    return step({ ...model, isServerOperator });
  }
  if (room === undefined) return step(model);
  markRanks(room, model.support, modes);
  const sender = senderOf(message);
  // A server's name has a dot, and a nick has none.
  const by = sender === "" || sender.includes(".") ? "The server" : sender;
  const [letters = "", mask = ""] = modes;
  const whom = message.tags.get("tcpchat/whom");
  // Our server names the holder of a banned host beside the mask.
  const lines = modeLines(by, room.name, modes.length === 2 && whom ? [letters, withHolder(mask, whom)] : modes);
  const [only] = lines;
  const told = lines.length === 1 && only !== undefined ? [`${only}${banDetails(message)}`] : lines;
  return step(model, ...told.map((words) => note("event", now, words, room.name)));
}

/** Gives and takes ranks as a MODE says. */
function markRanks({ members }: ClientRoom, support: Support, [letters = "", ...params]: readonly string[]): void {
  const { ranks, marks, parameters } = support;
  let on = true;
  let at = 0;
  for (const letter of letters) {
    if (letter === "+" || letter === "-") on = letter === "+";
    else if (ranks.includes(letter)) members.mark(params[at++] ?? "", marks.charAt(ranks.indexOf(letter)), on);
    else if (parameters.always.includes(letter) || (on && parameters.on.includes(letter))) at++;
  }
}

/** `m:zoe (*!*@host)`: whom a mask means, and the mask. */
function withHolder(mask: string, whom: string): string {
  return mask.startsWith("m:") ? `m:${whom} (${mask.slice(2)})` : `${whom} (${mask})`;
}

/** ` for 2h: reason`, as our servers tell it of a ban in tags of its MODE; "" where there are none. */
function banDetails({ tags }: ServerMessage): string {
  const lasts = Date.parse(tags.get("tcpchat/until") ?? "") - Date.parse(tags.get("time") ?? "");
  return `${Number.isFinite(lasts) ? ` for ${lengthOf(lasts)}` : ""}${because(tags.get("tcpchat/reason"))}`;
}

/** `: reason`, or nothing. */
function because(why: string | undefined): string {
  return why === undefined || why === "" ? "" : `: ${why}`;
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

/** The mode letters that mean the same on every server, their names, and when they take a parameter. */
const MODES: ReadonlyMap<string, readonly [name: string, takes: "always" | "on" | "never"]> = new Map([
  ["o", ["operator", "always"]],
  ["v", ["voice", "always"]],
  ["b", ["ban", "always"]],
  ["e", ["exception", "always"]],
  ["I", ["invitation", "always"]],
  ["k", ["key", "always"]],
  ["l", ["limit", "on"]],
  ["H", ["history", "on"]],
  ["C", ["no-queries", "never"]],
  ["i", ["invite-only", "never"]],
  ["m", ["moderated", "never"]],
  ["n", ["members-only", "never"]],
  ["s", ["secret", "never"]],
  ["t", ["topic-locked", "never"]],
]);

/** The names of a room's settings, as `/set` takes them. */
export const SETTINGS: readonly string[] = [...MODES.values()]
  .filter(([name, takes]) => takes !== "always" || name === "key")
  .map(([name]) => name);

const MOST_CHANGES = 20; // of one MODE that get a sentence each

/**
 * The changes of a MODE, a sentence each. With a letter that servers define differently, or with more than 20 changes:
 * the line as it came.
 */
export function modeLines(by: string, room: string, [letters = "", ...params]: readonly string[]): readonly string[] {
  const asItCame = [`${by} changed the modes of ${room}: ${[letters, ...params].join(" ")}`];
  const lines: string[] = [];
  let on = true;
  let at = 0;
  for (const letter of letters) {
    if (letter === "+" || letter === "-") {
      on = letter === "+";
      continue;
    }
    const [name, takes] = MODES.get(letter) ?? [];
    if (name === undefined || lines.length === MOST_CHANGES) return asItCame;
    const value = takes === "always" || (takes === "on" && on) ? (params[at++] ?? "") : "";
    // On other servers the letter has another value.
    if (name === "history" && on && value !== "off" && durationOf(value) === undefined) return asItCame;
    const isMute = name === "ban" && value.startsWith("m:");
    lines.push(roomChangeWords({ by, room, on, mode: isMute ? "mute" : name, value: isMute ? value.slice(2) : value }));
  }
  return lines;
}

const SMALL = 100; // members of a room up to which the server is asked who is away

/** AWAY (IRCv3 away-notify): someone in a room of ours goes away or comes back. */
export function onAwayNotify(model: Model, message: ServerMessage): Step {
  const [reason = ""] = message.params;
  model.away.set(senderOf(message), reason === "" ? undefined : reason);
  return step(model);
}

/** RPL_AWAY. */
export function onAway(model: Model, message: ServerMessage, now: number): Step {
  const [, nick = "", words = ""] = message.params;
  model.away.set(nick, words);
  return step(model, note("event", now, `${nick} is away: ${words}`));
}

/** RPL_NOWAWAY and RPL_UNAWAY: our own away state. */
export function onOwnAway(model: Model, message: ServerMessage, now: number): Step {
  const isAway = message.command === NOW_AWAY;
  model.away.set(model.nick, isAway ? "" : undefined);
  return step(model, note("event", now, isAway ? "You are away." : "You are back."));
}

const [NOW_AWAY] = NUMERICS.RPL_NOWAWAY;

/** RPL_WHOREPLY: a person's flags, `G` for away. Also shown if it answers a command of the user. */
export function onWhoReply(model: Model, { params }: ServerMessage): undefined {
  const [, , , , , nick = "", flags = ""] = params;
  if (flags.startsWith("G") && model.away.get(nick) === undefined) model.away.set(nick, "");
}

/**
 * Asks once who is away in the room on the screen, if it is small: away-notify reports only changes after we joined.
 */
export function askAway(model: Model): Step {
  const room = currentRoom(model);
  const { identity, caps, phase } = model;
  if (room === undefined || !identity.interactive || !caps.has("away-notify") || phase !== "here") return step(model);
  // Without members, the member list has not arrived yet.
  if (room.members.size === 0 || room.members.size > SMALL || !model.away.ask(fold(room.name))) return step(model);
  return request(model, ["WHO", room.name], { silent: true });
}
