import type { Room } from "../chat/room.ts";
import { showLine } from "../text/filter.ts";
import type { Command } from "./commands.ts";
import { listRooms } from "./list.ts";
import { MODE_COMMAND } from "./mode.ts";
import { sendNames } from "./names.ts";
import type { IrcSession } from "./session.ts";

/** Rooms: JOIN, PART, TOPIC, NAMES, LIST, INVITE, KICK, MODE. */
export const ROOM_COMMANDS: readonly Command[] = [
  {
    name: "JOIN",
    fewest: 1,
    when: "after",
    usage: "#room[,#room] [key[,key]]",
    help: "Joins rooms; `JOIN 0` leaves all.",
    run: (session, [rooms = "", keys = ""]) => runJoin(session, rooms, keys),
  },
  {
    name: "PART",
    fewest: 1,
    when: "after",
    usage: "#room[,#room] [:reason]",
    help: "Leaves rooms.",
    run: (session, [rooms = "", reason = ""]) => {
      for (const room of listed(rooms)) session.submit({ type: "leave", room, reason: showLine(reason) });
    },
  },
  {
    name: "TOPIC",
    fewest: 1,
    when: "after",
    usage: "#room [:topic]",
    help: "Shows or sets a room's topic.",
    run: (session, [name = "", topic]) => runTopic(session, name, topic),
  },
  {
    name: "NAMES",
    fewest: 0,
    when: "after",
    usage: "#room[,#room]",
    help: "Lists who is in a room.",
    run: (session, [names]) => {
      if (names === undefined) return session.numeric("RPL_ENDOFNAMES", "*");
      for (const name of listed(names)) {
        const room = session.server.chat.roomFor(session.member, name);
        if (room) sendNames(session, room);
        else session.numeric("RPL_ENDOFNAMES", name);
      }
    },
  },
  {
    name: "LIST",
    fewest: 0,
    when: "after",
    usage: "[#room[,#room]] [conditions]",
    help: "Lists rooms with their topics.",
    run: (session, params) => listRooms(session, params),
  },
  {
    name: "INVITE",
    fewest: 0,
    when: "after",
    usage: "[nickname #room]",
    help: "Invites someone to a room, or lists your invitations.",
    run: (session, [nick, room]) => runInvite(session, nick, room),
  },
  {
    name: "KICK",
    fewest: 2,
    when: "after",
    usage: "#room nickname[,nickname] [:reason]",
    help: "Puts someone out of a room.",
    run: (session, [room = "", nicks = "", reason = ""]) => {
      const words = showLine(reason) || session.nick;
      for (const nick of listed(nicks)) session.submit({ type: "kick", room, nick, reason: words });
    },
  },
  MODE_COMMAND,
];

/** The items of a list with commas, each once. */
export function listed(list: string): Iterable<string> {
  return new Set(list.split(",").filter((item) => item !== ""));
}

function runJoin(session: IrcSession, rooms: string, keys: string): void {
  if (rooms === "0") {
    for (const room of [...(session.member?.rooms ?? [])])
      session.submit({ type: "leave", room: room.name, reason: "" });
    return;
  }
  const given = keys.split(",");
  let at = 0;
  for (const room of listed(rooms)) session.submit({ type: "join", room, key: given[at++] });
}

function runTopic(session: IrcSession, name: string, topic: string | undefined): void {
  if (topic !== undefined) {
    const limit = session.server.chat.limits.topicLength;
    return session.submit({ type: "set-topic", room: name, topic: clipped(showLine(topic), limit) });
  }
  const room = session.server.chat.roomFor(session.member, name);
  if (!room) return session.numeric("ERR_NOSUCHCHANNEL", name);
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
    for (const invited of session.member?.invitations ?? []) session.numeric("RPL_INVITELIST", invited.name);
    return session.numeric("RPL_ENDOFINVITELIST");
  }
  if (room === undefined) return session.numeric("ERR_NEEDMOREPARAMS", "INVITE");
  session.submit({ type: "invite", nick, room });
}

/** The text's beginning, of at most so many bytes, never ending within a character. */
export function clipped(text: string, bytes: number): string {
  let clip = text;
  while (Buffer.byteLength(clip) > bytes) clip = [...clip].slice(0, -1).join("");
  return clip;
}
