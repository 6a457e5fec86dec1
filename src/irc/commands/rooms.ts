import type { Room } from "../../chat/model/room.ts";
import { ENTRIES } from "../../chat/model/weights.ts";
import { clip } from "../../text/clip.ts";
import { showLine } from "../../text/filter.ts";
import { KICK_LENGTH } from "../../wire/lengths.ts";
import { explain } from "../render/refusals.ts";
import type { Command } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { listRooms } from "./list.ts";
import { MODE_COMMAND } from "./modes.ts";
import { sendNames } from "./names.ts";
import { TBAN_COMMAND } from "./tban.ts";

/** Rooms: JOIN, PART, TOPIC, NAMES, LIST, INVITE, KICK, RENAME, MODE, TBAN. */
export const ROOM_COMMANDS: readonly Command[] = [
  {
    name: "JOIN",
    fewest: 1,
    when: "after",
    usage: "#room[,#room] [key[,key]]",
    help: "Joins rooms; `JOIN 0` leaves all.",
    targets: 0,
    run: (session, [rooms = "", keys = ""]) => runJoin(session, rooms, keys),
  },
  {
    name: "PART",
    fewest: 1,
    when: "after",
    usage: "#room[,#room] [:reason]",
    help: "Leaves rooms.",
    targets: 0,
    run: (session, [rooms = "", reason = ""]) =>
      session.forEach(listed(rooms), (room) => session.submit({ type: "leave", room, reason: showLine(reason) })),
  },
  {
    name: "TOPIC",
    fewest: 1,
    when: "after",
    usage: "#room [:topic]",
    help: "Shows or sets a room's topic.",
    targets: 1,
    run: (session, [name = "", topic]) => runTopic(session, name, topic),
  },
  {
    name: "NAMES",
    fewest: 0,
    when: "after",
    usage: "#room[,#room]",
    help: "Lists who is in a room.",
    targets: 0,
    run: (session, [names]) => {
      if (names === undefined) return session.numeric("RPL_ENDOFNAMES", "*");
      return session.forEach(listed(names), (name) => {
        const room = session.server.chat.roomFor(session.member, name);
        if (room) sendNames(session, room);
        else session.numeric("RPL_ENDOFNAMES", name);
      });
    },
  },
  {
    name: "LIST",
    fewest: 0,
    when: "after",
    usage: "[#room[,#room]] [conditions]",
    help: "Lists rooms with their topics; at most 20 conditions.",
    targets: 0,
    run: (session, params) => listRooms(session, params),
  },
  {
    name: "INVITE",
    fewest: 0,
    when: "after",
    usage: "[nickname #room]",
    help: "Invites someone to a room, or lists your invitations.",
    targets: 1,
    run: (session, [nick, room]) => runInvite(session, nick, room),
  },
  {
    name: "KICK",
    fewest: 2,
    when: "after",
    usage: "#room[,#room] nickname[,nickname] [:reason]",
    help: "Puts someone out of a room.",
    targets: 0,
    run: (session, [rooms = "", nicks = "", reason = ""]) =>
      runKick(session, rooms.split(","), nicks.split(","), reason),
  },
  {
    name: "RENAME",
    fewest: 2,
    when: "after",
    usage: "#room #new [:reason]",
    help: "Gives a room that you operate another name.",
    run: (session, [room = "", to = "", reason = ""]) =>
      session.submit({ type: "rename-room", room, to, reason: clip(showLine(reason), KICK_LENGTH) }),
  },
  MODE_COMMAND,
  TBAN_COMMAND,
];

/** The items of a list with commas, each once. */
export function listed(list: string): readonly string[] {
  return [...new Set(list.split(",").filter((item) => item !== ""))];
}

function runJoin(session: IrcSession, list: string, keys: string): void {
  if (list === "0") {
    const rooms = [...(session.member?.rooms ?? [])];
    return session.forEach(rooms, ({ name }) => session.submit({ type: "leave", room: name, reason: "" }));
  }
  const given = keys.split(",");
  // The first key is the first room's, whatever else is in the lists.
  const asked = list.split(",").map((room, at) => ({ room, key: given[at] || undefined }));
  const wanted = asked.filter(({ room }) => room !== "");
  return session.forEach(wanted, ({ room, key }) => {
    session.weigh((session.server.chat.room(room)?.entries ?? 0) / ENTRIES);
    session.submit({ type: "join", room, key, isExempt: session.peer.isExempt });
  });
}

/** One room and some nicks, or as many rooms as nicks. */
function runKick(session: IrcSession, rooms: readonly string[], nicks: readonly string[], given: string): void {
  if (rooms.length !== 1 && rooms.length !== nicks.length) return session.numeric("ERR_NEEDMOREPARAMS", "KICK");
  const reason = clip(showLine(given), KICK_LENGTH);
  const kicks = nicks.map((nick, at) => ({ nick, room: rooms[rooms.length === 1 ? 0 : at] ?? "" }));
  const wanted = kicks.filter(({ nick }) => nick !== "");
  return session.forEach(wanted, ({ nick, room }) => session.submit({ type: "kick", room, nick, reason }));
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

/** RPL_TOPIC and who set it when. */
export function sendTopic(session: IrcSession, room: Room): void {
  if (!room.topic) return;
  session.numeric("RPL_TOPIC", room.name, room.topic.text);
  session.numeric("RPL_TOPICWHOTIME", room.name, room.topic.by, String(Math.floor(room.topic.at / 1000)));
}

function runInvite(session: IrcSession, nick: string | undefined, room: string | undefined): void {
  if (nick === undefined) {
    for (const invited of session.member?.invitations.keys() ?? []) session.numeric("RPL_INVITELIST", invited.name);
    return session.numeric("RPL_ENDOFINVITELIST");
  }
  if (room === undefined) return session.numeric("ERR_NEEDMOREPARAMS", "INVITE");
  session.submit({ type: "invite", nick, room });
}
