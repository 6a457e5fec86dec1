import { maskOf } from "../chat/apply.ts";
import { glob } from "../chat/masks.ts";
import type { Member } from "../chat/member.ts";
import { ROOM_SIGN } from "../chat/names.ts";
import type { Room } from "../chat/room.ts";
import { fold } from "../text/fold.ts";
import { CAP } from "./caps.ts";
import { signsOf } from "./letters.ts";
import type { IrcSession } from "./session.ts";

/** What a WHOX field letter stands for, in the order in which the fields are sent. */
type Field = (session: IrcSession, member: Member, room: Room | undefined) => string;

const FIELDS: Readonly<Record<string, Field>> = {
  c: (_session, _member, room) => room?.name ?? "*",
  u: (_session, member) => member.who.user,
  i: (session, member) => (member === session.member ? session.peer.address : "255.255.255.255"),
  h: (_session, member) => member.who.host,
  s: (session) => session.server.name,
  n: (_session, member) => member.nick,
  f: flagsOf,
  d: () => "0",
  l: (session, member) => String(Math.floor((session.server.clock() - member.spoke) / 1000)),
  a: (_session, member) => member.who.account ?? "0",
  o: (_session, member, room) => (room?.isOperator(member) ? "999" : "n/a"),
  r: (_session, member) => member.who.realname,
};

/** WHO: everyone in a room, or whom a mask means; with `%fields` in the form of WHOX. */
export function sendWho(session: IrcSession, mask: string, flags: string): void {
  const percent = flags.indexOf("%");
  const [fields, token] = percent < 0 ? [] : flags.slice(percent + 1).split(",", 2);
  session.emitLong(lines(session, mask, fields, token));
}

function* lines(
  session: IrcSession,
  mask: string,
  fields: string | undefined,
  token: string | undefined,
): Generator<string> {
  for (const [member, room] of found(session, mask)) {
    yield fields === undefined ? classic(session, member, room) : extended(session, member, room, fields, token);
  }
  yield `:${session.server.name} 315 ${session.nick} ${mask === "" ? "*" : mask.replaceAll(" ", "")} :End of WHO list`;
}

function* found(session: IrcSession, mask: string): Generator<readonly [Member, Room | undefined]> {
  const { chat } = session.server;
  if (mask.startsWith(ROOM_SIGN)) {
    const room = chat.roomFor(session.member, mask);
    for (const member of room?.members.keys() ?? []) yield [member, room];
    return;
  }
  const exact = chat.member(mask);
  if (exact) return yield [exact, sharedRoom(session, exact)];
  const pattern = glob(fold(mask === "" || mask === "0" ? "*" : mask));
  for (const member of chat.members) {
    const { nick, user, host, realname } = member.who;
    const texts = [nick, user, host, realname, session.server.name, maskOf(member.who)];
    if (texts.some((text) => pattern.test(fold(text)))) yield [member, sharedRoom(session, member)];
  }
}

/** A room that both are in, to be named beside someone who was found by a mask. */
function sharedRoom(session: IrcSession, member: Member): Room | undefined {
  for (const room of member.rooms) if (session.server.chat.roomFor(session.member, room.name)) return room;
  return undefined;
}

function classic(session: IrcSession, member: Member, room: Room | undefined): string {
  const { nick, user, host, realname } = member.who;
  const server = session.server.name;
  const flags = flagsOf(session, member, room);
  return `:${server} 352 ${session.nick} ${room?.name ?? "*"} ${user} ${host} ${server} ${nick} ${flags} :0 ${realname}`;
}

function extended(
  session: IrcSession,
  member: Member,
  room: Room | undefined,
  fields: string,
  token: string | undefined,
): string {
  const values: string[] = [];
  if (fields.includes("t")) values.push(token || "0");
  for (const [letter, value] of Object.entries(FIELDS)) {
    if (!fields.includes(letter)) continue;
    values.push(letter === "r" ? `:${value(session, member, room)}` : value(session, member, room));
  }
  return `:${session.server.name} 354 ${session.nick} ${values.join(" ")}`;
}

/** `H` here or `G` gone, and the signs of ranks. */
function flagsOf(session: IrcSession, member: Member, room: Room | undefined): string {
  const signs = room ? signsOf(room, member, session.has(CAP.multiPrefix)) : "";
  return (member.away === "" ? "H" : "G") + signs;
}
