import { LISTED_PER_LINE, MASKS_PER_LINE } from "../chat/model/limits.ts";
import type { Member } from "../chat/model/member.ts";
import { asRoomName, ROOM_SIGN } from "../chat/model/names.ts";
import type { Room } from "../chat/model/room.ts";
import { listedRooms, visibleCount, visibleMembers, visibleRooms } from "../chat/visibility.ts";
import { linkWords } from "../chat/words/tokens.ts";
import { invitationIn, isToken } from "../text/address.ts";
import { fold } from "../text/fold.ts";
import { clockOf, durationOf } from "../text/time.ts";
import {
  type Command,
  findMember,
  findRoom,
  firstWord,
  fitsTopicLength,
  type Invocation,
  type RoomInvocation,
  refuse,
  refuseNoRoom,
  roomHere,
} from "./context.ts";
import { tellProfile } from "./talk.ts";
import { addToken, listTokens, removeTokens } from "./tokens.ts";

const WIDTH = 76; // characters of a line of names: it fits most terminals

/** Commands for rooms, and for looking at who is in them. */
export const ROOMS: readonly Command[] = [
  {
    name: "join",
    aliases: ["j"],
    usage: "ROOM [KEY]",
    minWords: 1,
    help: "goes into a room; what you type is said there from then on",
    isBasic: true,
    needsRoom: false,
    run: join,
  },
  {
    name: "leave",
    aliases: ["part", "close"],
    usage: "[ROOM] [TEXT]",
    minWords: 0,
    help: "leaves a room: this one, if you name none",
    needsRoom: false,
    run: leave,
  },
  {
    name: "rooms",
    aliases: ["list", "channels"],
    usage: "",
    minWords: 0,
    help: "lists the rooms, with the number of people and the topic of each",
    isBasic: true,
    needsRoom: false,
    run: rooms,
  },
  {
    name: "who",
    aliases: ["names", "users"],
    usage: "[ROOM]",
    minWords: 0,
    help: "tells who is in a room",
    isBasic: true,
    needsRoom: false,
    run: who,
  },
  {
    name: "whois",
    aliases: ["info"],
    usage: "NICK",
    minWords: 1,
    help: "tells about one person",
    needsRoom: false,
    run: whois,
  },
  {
    name: "topic",
    aliases: ["t"],
    usage: "[TEXT]",
    minWords: 0,
    help: "shows or sets what this room is about; /topic - takes it away",
    needsRoom: true,
    run: topic,
  },
  {
    name: "rename",
    aliases: [],
    usage: "ROOM [TEXT]",
    minWords: 1,
    help: "renames this room, if you operate it",
    needsRoom: true,
    run: renameRoom,
  },
  {
    name: "invite",
    aliases: [],
    usage: "[NICK [ROOM]|7d 10|list|remove ID]",
    minWords: 0,
    help: "invites someone into a room; without a nick, makes a link that lets 10 people in within 7 days",
    needsRoom: false,
    run: invite,
  },
];

function join({ context, member, words }: Invocation): void {
  const { chat, accounts } = context.server;
  const [name, key] = firstWord(words);
  const token = invitationIn(name);
  const invitation = token ?? (isToken(key) ? key : undefined);
  const hash = invitation === undefined ? undefined : accounts.tokens.hash(invitation);
  const room = token === undefined || hash === undefined ? chat.room(asRoomName(name)) : chat.linkedRoom(hash);
  if (token !== undefined && !room) return refuse(context, { why: "invitation-unknown" });
  if (room && member.rooms.has(room) && !room.isListener(member)) {
    const isCurrent = context.go(room);
    return context.say(isCurrent ? `What you type is said in ${room.name} now.` : `You are in ${room.name} already.`);
  }
  context.weigh((room?.entries ?? 0) / MASKS_PER_LINE);
  const { isExempt } = context.asker;
  context.act({
    type: "join",
    room: room?.name ?? asRoomName(name),
    key: key || undefined,
    invitation: hash,
    isExempt,
  });
}

function leave(invocation: Invocation): void {
  const { context, member, words } = invocation;
  const [name, rest] = firstWord(words);
  const named = context.server.chat.room(asRoomName(name));
  // A first word without # that is no room of theirs begins the reason, but alone it may be a room's name mistyped.
  const isNamed = name.startsWith(ROOM_SIGN) || (named !== undefined && member.rooms.has(named));
  const room = isNamed ? asRoomName(name) : context.current?.name;
  const reason = isNamed ? rest : words;
  if (room === undefined) return refuseNoRoom(context, member);
  if (!isNamed && words !== "" && rest === "") return refuse(context, { why: "not-in-room", room: asRoomName(name) });
  if (fitsTopicLength(invocation, reason)) context.act({ type: "leave", room, reason });
}

function rooms({ context, member }: Invocation): void {
  const { chat } = context.server;
  context.weigh(chat.rooms.size / LISTED_PER_LINE);
  const seen = [...listedRooms(chat, member)].map((room) => ({ room, people: visibleCount(member, room) }));
  seen.sort((a, b) => b.people - a.people || (a.room.key < b.room.key ? -1 : 1));
  context.stream(seen.values().map(({ room, people }) => summary(room, people, member)));
}

function summary(room: Room, people: number, member: Member): string {
  const here = room.members.has(member) ? ", you too" : "";
  const topic = room.topic ? `: ${room.topic.text}` : "";
  return `${room.name} (${people}${here})${topic}`;
}

function who(invocation: Invocation): void {
  const room = findRoom(invocation);
  if (!room) return;
  const people = Array.from(visibleMembers(invocation.member, room), (one) => ({ member: one, key: fold(one.nick) }));
  if (people.length === 0) return invocation.context.say(`You see nobody in ${room.name}.`);
  people.sort((a, b) => (a.key < b.key ? -1 : 1));
  invocation.context.stream(
    listed(
      `In ${room.name} (${people.length}): `,
      people.map(({ member }) => standing(room, member)),
    ),
  );
}

/** The mark of a listener, which nobody is told of when it comes and goes. */
const LISTENS = "listening";

function standing(room: Room, member: Member): string {
  const rank = room.rankOf(member);
  const [away, listens] = [member.away === "" ? undefined : "away", room.isListener(member) ? LISTENS : undefined];
  const marks = [rank, away, listens].filter((mark) => mark !== undefined);
  return marks.length === 0 ? member.nick : `${member.nick} (${marks.join(", ")})`;
}

/** Lines of names after a head, each at most `WIDTH` characters if a name fits. */
export function* listed(head: string, names: readonly string[]): Generator<string> {
  let line = head;
  for (const [i, name] of names.entries()) {
    const item = i === names.length - 1 ? name : `${name}, `;
    if (line !== head && line.length + item.length > WIDTH) {
      yield line.trimEnd();
      line = head;
    }
    line += item;
  }
  yield line.trimEnd();
}

function whois({ context, member, words }: Invocation): void {
  const [nick] = firstWord(words);
  const { addresses, chat, steady } = context.server;
  const target = findMember(nick, context);
  if (!target) return;
  const { who, away, since, lastSpoke } = target;
  const account = who.account === undefined ? "a guest" : `logged in as ${who.account.name}`;
  context.say(`${who.nick} (${who.user}@${who.host}) is ${account}, here since ${clockOf(since)}.`);
  if (member.userModes.has("operator"))
    for (const address of addresses.of(target)) context.say(`${who.nick} comes from ${address}.`);
  const shown = Array.from(visibleRooms(chat, member, target), (room) =>
    room.isListener(target) ? `${room.name} (${LISTENS})` : room.name,
  );
  const minutes = Math.floor((steady() - lastSpoke) / 60_000);
  if (shown.length > 0) context.say(`${who.nick} is in ${shown.join(", ")}.`);
  if (minutes > 0) context.say(`${who.nick} has said nothing for ${minutes} min.`);
  if (away !== "") context.say(`${who.nick} is away: ${away}`);
  // Most clients send the nick or the user name if no real name is set.
  if (!["", who.nick, who.user].includes(who.realname)) context.say(`${who.nick} gives as real name: ${who.realname}`);
  tellProfile(context, target);
}

function topic(invocation: RoomInvocation): void {
  const { context, words, room } = invocation;
  if (words === "") return context.say(topicOf(room));
  const text = words === "-" ? "" : words;
  if (fitsTopicLength(invocation, text)) context.act({ type: "set-topic", room: room.name, topic: text });
}

function renameRoom(invocation: RoomInvocation): void {
  const { context, words, room } = invocation;
  const [name, reason] = firstWord(words);
  if (asRoomName(name) === room.name)
    return context.deny("nothing-to-do", `Nothing to do: ${room.name} has that name already.`);
  if (fitsTopicLength(invocation, reason))
    context.act({ type: "rename-room", room: room.name, to: asRoomName(name), reason });
}

function topicOf({ name, topic }: Room): string {
  if (!topic) return `${name} has no topic; /topic TEXT sets one.`;
  const [by] = topic.by.split("!");
  return `The topic of ${name}, by ${by}: ${topic.text}`;
}

function invite(invocation: Invocation): void {
  const { context, member, words } = invocation;
  const [nick, name] = firstWord(words);
  // A nick begins with no digit; a link's days and uses do.
  if (nick === "" || /^\d/.test(nick)) return makeLink(invocation);
  if (nick === "list" || nick === "remove") return links(invocation, nick === "list" ? undefined : name);
  const room = name === "" ? roomHere(context, member)?.name : asRoomName(name);
  if (room === undefined) return refuseNoRoom(context, member);
  context.act({ type: "invite", room, nick });
}

const LINK_LASTS = "7d";
const LINK_USES = "10";

/** Makes an invitation link: `/invite`, `/invite 30d`, `/invite 30d 100`. */
function makeLink({ context, member, words }: Invocation): void {
  const [days = LINK_LASTS, uses = LINK_USES, ...more] = words.split(/\s+/).filter((word) => word !== "");
  const lasts = durationOf(days);
  if (lasts === undefined || !/^[1-9]\d{0,4}$/.test(uses) || more.length > 0)
    return context.deny("bad-value", "That is /invite 7d 10: a link that lets 10 people in within 7 days.");
  const room = roomHere(context, member);
  if (!room) return refuseNoRoom(context, member);
  const of = { kind: "invitation", room: room.name, name: "link", lasts, uses: Number(uses) } as const;
  addToken(context, of, (token) => linkWords({ ...of, token, address: context.server.webAddress() }));
}

/** Lists the links of a room, or ends one. */
function links(invocation: Invocation, id: string | undefined): void {
  const { context, member } = invocation;
  const room = roomHere(context, member);
  if (!room) return refuseNoRoom(context, member);
  const of = { kind: "invitation", room: room.name } as const;
  if (id === undefined) return listTokens(invocation, of);
  if (id === "") return context.deny("bad-value", "That is /invite remove ID; /invite list shows the ids.");
  removeTokens(invocation, of, id);
}
