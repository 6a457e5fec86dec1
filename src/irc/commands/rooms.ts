import { LISTED_PER_LINE, MASKS_PER_LINE } from "../../chat/model/limits.ts";
import { glob, maskOf } from "../../chat/model/masks.ts";
import type { Member } from "../../chat/model/member.ts";
import { ROOM_SIGN } from "../../chat/model/names.ts";
import type { Room } from "../../chat/model/room.ts";
import { invitingRooms } from "../../chat/rules/invitations.ts";
import { listedRooms, visibleCount, visibleMembers } from "../../chat/visibility.ts";
import { isToken } from "../../text/address.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { clip } from "../../text/split.ts";
import { LINE_TEXT } from "../../wire/limits.ts";
import { listItems } from "../../wire/message.ts";
import { CAP } from "../capabilities.ts";
import { numericHead, numericText, packed, secondsOf, shownReason } from "../render/line.ts";
import { signsOf } from "../render/mode-letters.ts";
import { explain, fault, LINKED_ROOM } from "../render/refusals.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { MODE_COMMAND, TBAN_COMMAND } from "./modes.ts";

/** The commands of rooms: JOIN, PART, TOPIC, NAMES, LIST, INVITE, KICK, RENAME, MODE, TBAN. */
export const ROOM_COMMANDS: readonly IrcCommand[] = [
  {
    name: "JOIN",
    minParams: 1,
    when: "after",
    usage: "#room[,#room] [key[,key]]",
    help: "Joins rooms; `JOIN 0` leaves all of yours. The token of an invitation link is a key; `JOIN * token` joins its room.",
    maxTargets: 0,
    run: (session, [rooms = "", keys = ""]) => runJoin(session, rooms, keys),
  },
  {
    name: "PART",
    minParams: 1,
    when: "after",
    usage: "#room[,#room] [:reason]",
    help: "Leaves rooms.",
    maxTargets: 0,
    run: (session, [rooms = "", reason = ""]) =>
      session.forEach(listItems(rooms), (room) => session.submit({ type: "leave", room, reason: showLine(reason) })),
  },
  {
    name: "TOPIC",
    minParams: 1,
    when: "after",
    usage: "#room [:topic]",
    help: "Shows or sets a room's topic.",
    maxTargets: 1,
    run: (session, [name = "", topic]) => runTopic(session, name, topic),
  },
  {
    name: "NAMES",
    minParams: 0,
    when: "after",
    usage: "#room[,#room]",
    help: "Lists who is in a room.",
    maxTargets: 0,
    run: (session, [names]) => {
      if (names === undefined) return session.numeric("RPL_ENDOFNAMES", "*");
      return session.forEach(listItems(names), (name) => {
        const room = session.server.chat.roomFor(session.member, name);
        if (room) sendNames(session, room);
        else session.numeric("RPL_ENDOFNAMES", name);
      });
    },
  },
  {
    name: "LIST",
    minParams: 0,
    when: "after",
    usage: "[#room[,#room]] [conditions]",
    help: "Lists rooms with their topics; at most 20 conditions.",
    maxTargets: 0,
    run: (session, params) => listRooms(session, params),
  },
  {
    name: "INVITE",
    minParams: 0,
    when: "after",
    usage: "[nickname #room]",
    help: "Invites someone to a room, or lists your invitations.",
    maxTargets: 1,
    run: (session, [nick, room]) => runInvite(session, nick, room),
  },
  {
    name: "KICK",
    minParams: 2,
    when: "after",
    usage: "#room[,#room] nickname[,nickname] [:reason]",
    help: "Kicks someone from a room.",
    maxTargets: 0,
    run: (session, [rooms = "", nicks = "", reason = ""]) =>
      runKick(session, rooms.split(","), nicks.split(","), reason),
  },
  {
    name: "RENAME",
    minParams: 2,
    when: "after",
    usage: "#room #new [:reason]",
    help: "Renames a room that you operate (IRCv3 draft/channel-rename).",
    run: (session, [room = "", to = "", reason = ""]) =>
      session.submit({ type: "rename-room", room, to, reason: shownReason(reason) }),
  },
  MODE_COMMAND,
  TBAN_COMMAND,
];

function runJoin(session: IrcSession, list: string, keys: string): void {
  if (list === "0") {
    const rooms = [...(session.member?.rooms ?? [])];
    return session.forEach(rooms, ({ name }) => session.submit({ type: "leave", room: name, reason: "" }));
  }
  const keyList = keys.split(",");
  // Keys belong to rooms by their position, empty items included.
  const joins = list.split(",").map((room, at) => ({ room, key: keyList[at] || undefined }));
  const valid = joins.filter(({ room }) => room !== "");
  if (valid.length === 0) return session.numeric("ERR_NEEDMOREPARAMS", "JOIN");
  const { chat, accounts } = session.server;
  const listens = session.has(CAP.quiet);
  return session.forEach(valid, ({ room: named, key }) => {
    const invitation = key !== undefined && isToken(key) ? accounts.tokens.hash(key) : undefined;
    const room = named === LINKED_ROOM && invitation !== undefined ? chat.linkedRoom(invitation)?.name : named;
    if (room === undefined) return explain(session, { why: "invitation-unknown" });
    if (room !== named) session.numeric("ERR_LINKCHANNEL", named, room);
    session.weigh((chat.room(room)?.entries ?? 0) / MASKS_PER_LINE);
    session.submit({ type: "join", room, key, invitation, isExempt: session.peer.isExempt, listens });
  });
}

/** KICK with one room for all nicks, or a room for each nick (RFC 2812, 3.2.8). */
function runKick(session: IrcSession, rooms: readonly string[], nicks: readonly string[], givenReason: string): void {
  if (rooms.length !== 1 && rooms.length !== nicks.length) return session.numeric("ERR_NEEDMOREPARAMS", "KICK");
  const reason = shownReason(givenReason);
  const kicks = nicks.map((nick, at) => ({ nick, room: rooms[rooms.length === 1 ? 0 : at] ?? "" }));
  const valid = kicks.filter(({ nick }) => nick !== "");
  if (valid.length === 0) return session.numeric("ERR_NEEDMOREPARAMS", "KICK");
  return session.forEach(valid, ({ nick, room }) => session.submit({ type: "kick", room, nick, reason }));
}

function runTopic(session: IrcSession, name: string, topic: string | undefined): void {
  if (topic !== undefined) {
    const limit = session.server.chat.limits.topicLength;
    return session.submit({
      type: "set-topic",
      room: name,
      topic: limit > 0 ? clip(showLine(topic), limit) : showLine(topic),
    });
  }
  const room = session.server.chat.roomFor(session.member, name);
  if (!room) return explain(session, { why: "no-such-room", room: name });
  if (room.topic) sendTopic(session, room);
  else session.numeric("RPL_NOTOPIC", room.name);
}

/** Sends RPL_TOPIC and RPL_TOPICWHOTIME, if the room has a topic. */
export function sendTopic(session: IrcSession, room: Room): void {
  if (!room.topic) return;
  session.numeric("RPL_TOPIC", room.name, room.topic.text);
  session.numeric("RPL_TOPICWHOTIME", room.name, room.topic.by, secondsOf(room.topic.at));
}

function runInvite(session: IrcSession, nick: string | undefined, room: string | undefined): void {
  if (nick === undefined) {
    const { chat } = session.server;
    session.weigh(chat.rooms.size / LISTED_PER_LINE);
    const rooms = session.member ? invitingRooms(chat.rooms, session.member) : [];
    for (const { name } of rooms) session.numeric("RPL_INVITELIST", name);
    return session.numeric("RPL_ENDOFINVITELIST");
  }
  if (room === undefined) return session.numeric("ERR_NEEDMOREPARAMS", "INVITE");
  session.submit({ type: "invite", nick, room });
}

const MOST_CONDITIONS = 20; // in one LIST: each is checked for every room
const ROOMS_PER_STEP = 20; // rooms examined in one step of an answer: half a millisecond

type Condition = (room: Room, now: number, people: number) => boolean;

/** LIST with the conditions of ELIST: masks, member counts, age of the room, age of its topic. */
function listRooms(session: IrcSession, params: readonly string[]): void {
  const items = params
    .join(",")
    .split(",")
    .filter((item) => item !== "");
  const names = items.filter((item) => item.startsWith(ROOM_SIGN) && !/[*?]/.test(item));
  const conditions = items.filter((item) => !names.includes(item)).map(conditionOf);
  if (conditions.length > MOST_CONDITIONS) {
    session.server.refused("list-conditions");
    return fault(session, "list-conditions", [String(MOST_CONDITIONS)]);
  }
  session.weigh(items.length + (names.length > 0 ? 0 : session.server.chat.rooms.size / LISTED_PER_LINE));
  session.numeric("RPL_LISTSTART", "Channel");
  const rooms = names.length > 0 ? namedRooms(session, names) : listedRooms(session.server.chat, session.member);
  const now = session.server.clock();
  session.emitLong(listLines(session, rooms, conditions, now));
}

function* listLines(
  session: IrcSession,
  rooms: Iterable<Room>,
  conditions: readonly Condition[],
  now: number,
): Generator<string> {
  const head = numericHead(session, "RPL_LIST");
  let examined = 0;
  for (const room of rooms) {
    if (++examined % ROOMS_PER_STEP === 0) yield "";
    const people = visibleCount(session.member, room);
    if (!conditions.every((holds) => holds(room, now, people))) continue;
    yield clip(showLine(`${head} ${room.name} ${people} :${room.topic?.text ?? ""}`), LINE_TEXT);
  }
  yield numericText(session.server.name, session.nick, "RPL_LISTEND");
}

function* namedRooms(session: IrcSession, names: readonly string[]): Generator<Room> {
  for (const name of names) {
    const room = session.server.chat.roomFor(session.member, name);
    if (room) yield room;
  }
}

/**
 * A condition of LIST: `>3` more than 3 members, `C<10` created less than 10 minutes ago, `T>60` topic set more than 60
 * minutes ago, `!*x*` a name that the mask does not match, or a mask.
 */
function conditionOf(item: string): Condition {
  const [, kind, relation, digits] = /^([CT]?)([<>])(\d+)$/i.exec(item) ?? [];
  if (relation && digits) {
    const count = Number(digits);
    if (kind === "") return (_room, _now, people) => (relation === ">" ? people > count : people < count);
    const since = (room: Room) => (kind?.toUpperCase() === "C" ? room.created : room.topic?.at);
    return (room, now) => {
      const at = since(room);
      if (at === undefined) return false;
      const minutes = (now - at) / 60_000;
      return relation === ">" ? minutes > count : minutes < count;
    };
  }
  const not = item.startsWith("!");
  const mask = glob(fold(not ? item.slice(1) : item));
  return (room) => mask.test(room.key) !== not;
}

/**
 * Sends RPL_NAMREPLY for the members that the client may see, in as few lines as possible, and RPL_ENDOFNAMES. Listeners
 * come in RPL_DELNAMREPLY, which clients do not take for the list of members: they are not told when a listener goes.
 */
export function sendNames(session: IrcSession, room: Room): void {
  session.emitLong(namesLines(session, room));
}

function* namesLines(session: IrcSession, room: Room): Generator<string> {
  const listeners: string[] = [];
  const shown = visibleMembers(session.member, room).filter((member) => {
    if (!room.isListener(member) || member === session.member) return true;
    listeners.push(nameOf(session, room, member));
    return false;
  });
  yield* nameLines(
    session,
    room,
    "RPL_NAMREPLY",
    shown.map((member) => nameOf(session, room, member)),
  );
  yield* nameLines(session, room, "RPL_DELNAMREPLY", listeners);
  yield numericText(session.server.name, session.nick, "RPL_ENDOFNAMES", room.name);
}

function* nameLines(
  session: IrcSession,
  room: Room,
  numeric: "RPL_NAMREPLY" | "RPL_DELNAMREPLY",
  names: Iterable<string>,
): Generator<string> {
  const head = showLine(`${numericHead(session, numeric)} ${room.isSecret ? "@" : "="} ${room.name} :`);
  for (const line of packed(names, LINE_TEXT - Buffer.byteLength(head), " ")) yield `${head}${line}`;
}

function nameOf(session: IrcSession, room: Room, member: Member): string {
  const signs = signsOf(room, member, session.has(CAP.multiPrefix));
  return signs + (session.has(CAP.userhostInNames) ? maskOf(member.who) : member.nick);
}
