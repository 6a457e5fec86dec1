import { glob } from "../../chat/model/masks.ts";
import type { Member } from "../../chat/model/member.ts";
import { ROOM_SIGN } from "../../chat/model/names.ts";
import type { Room } from "../../chat/model/room.ts";
import { LOOKED_AT } from "../../chat/model/weights.ts";
import { maskOf } from "../../chat/rules/apply.ts";
import { roomsOf, seenIn, sees } from "../../chat/sight.ts";
import { clip } from "../../text/clip.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { LINE } from "../../wire/limits.ts";
import { CAP } from "../capabilities.ts";
import { middle } from "../render/line.ts";
import { signsOf, TRAIT_LETTERS } from "../render/mode-letters.ts";
import type { IrcSession } from "../session/session.ts";
import { wireAddress } from "./whois.ts";

const STRETCH = 50; // people who are looked at, at the most, before others have their turn: half a millisecond

/** What a WHOX field letter stands for, in the order in which the fields are sent. */
type Field = (session: IrcSession, member: Member, room: Room | undefined) => string;

const FIELDS: Readonly<Record<string, Field>> = {
  c: (_session, _member, room) => room?.name ?? "*",
  u: (_session, member) => member.who.user,
  i: (session, member) => (member === session.member ? wireAddress(session.peer.address) : "255.255.255.255"),
  h: (_session, member) => member.who.host,
  s: (session) => session.server.name,
  n: (_session, member) => member.nick,
  f: flagsOf,
  d: () => "0",
  l: (session, member) => String(Math.floor((session.server.steady() - member.spoke) / 1000)),
  a: (_session, member) => member.who.account?.name ?? "0",
  o: (_session, member, room) => (room?.isOperator(member) ? "999" : "n/a"),
  r: (_session, member) => member.who.realname,
};

/** What WHO asks for. */
interface Question {
  /** A room, a nick, or what one of their names is like; "" is everyone. */
  readonly mask: string;
  readonly operatorsOnly: boolean;
  /** Letters of WHOX, and what the client knows the answers by. */
  readonly fields: string | undefined;
  readonly token: string;
}

/** WHO: everyone in a room, or whom a mask means; with `%fields` in the form of WHOX. */
export function sendWho(session: IrcSession, mask: string, flags: string): void {
  const [before = "", asked] = flags.split("%", 2);
  const [fields, token = ""] = asked?.split(",", 2) ?? [];
  const operatorsOnly = before.includes("o");
  if (looksAtAll(session, mask)) session.weigh(session.server.chat.members.size / LOOKED_AT);
  session.emitLong(lines(session, { mask, operatorsOnly, fields, token: /^[0-9]{1,3}$/.test(token) ? token : "0" }));
}

/** Whether everyone has to be looked at, to see whom the mask means. */
function looksAtAll({ server }: IrcSession, mask: string): boolean {
  return !mask.startsWith(ROOM_SIGN) && server.chat.member(mask) === undefined;
}

function* lines(session: IrcSession, question: Question): Generator<string> {
  const { mask, operatorsOnly, fields, token } = question;
  for (const one of found(session, mask)) {
    if (!one) yield "";
    if (!one) continue;
    const [member, room] = one;
    if (operatorsOnly && !member.traits.has("operator")) continue;
    const line = fields === undefined ? classic(session, member, room) : extended(session, member, room, fields, token);
    yield clip(showLine(line), LINE - 2);
  }
  yield showLine(`:${session.server.name} 315 ${session.nick} ${middle(mask)} :End of WHO list`);
}

/** Yields the people that a mask means, and `undefined` after a stretch of people that it does not mean. */
function* found(session: IrcSession, mask: string): Generator<readonly [Member, Room | undefined] | undefined> {
  const { chat } = session.server;
  if (mask.startsWith(ROOM_SIGN)) {
    const room = chat.roomFor(session.member, mask);
    if (room) for (const member of seenIn(session.member, room)) yield [member, room];
    return;
  }
  const exact = chat.member(mask);
  if (exact) return yield [exact, someRoom(session, exact)];
  const means = meaning(mask === "" || mask === "0" ? "*" : fold(mask));
  let looked = 0;
  for (const member of chat.members) {
    if (++looked % STRETCH === 0) yield undefined;
    if (sees(session.member, member) && means(member)) yield [member, someRoom(session, member)];
  }
}

/** Whom a mask means: by nick, user, host or real name, or by `nick!user@host` where it is written so. */
function meaning(mask: string): (member: Member) => boolean {
  const pattern = glob(mask);
  if (/[!@]/.test(mask)) return ({ who }) => pattern.test(fold(maskOf(who)));
  return ({ who }) => [who.nick, who.user, who.host, who.realname].some((text) => pattern.test(fold(text)));
}

/** A room to be named beside someone who was not looked for in a room. */
function someRoom(session: IrcSession, member: Member): Room | undefined {
  return roomsOf(session.server.chat, session.member, member).next().value ?? undefined;
}

function classic(session: IrcSession, member: Member, room: Room | undefined): string {
  const { nick, user, host, realname } = member.who;
  const server = session.server.name;
  const flags = flagsOf(session, member, room);
  return `:${server} 352 ${session.nick} ${room?.name ?? "*"} ${user} ${host} ${server} ${nick} ${flags} :0 ${realname}`;
}

function extended(session: IrcSession, member: Member, room: Room | undefined, fields: string, token: string): string {
  const values: string[] = [];
  if (fields.includes("t")) values.push(token);
  for (const [letter, value] of Object.entries(FIELDS)) {
    if (!fields.includes(letter)) continue;
    values.push(letter === "r" ? `:${value(session, member, room)}` : value(session, member, room));
  }
  return `:${session.server.name} 354 ${session.nick} ${values.join(" ")}`;
}

/** `H` here or `G` gone, `*` for an operator of the server, the signs of ranks, and the letter of a bot. */
function flagsOf(session: IrcSession, member: Member, room: Room | undefined): string {
  const away = member.away === "" ? "H" : "G";
  const operator = member.traits.has("operator") ? "*" : "";
  const signs = room ? signsOf(room, member, session.has(CAP.multiPrefix)) : "";
  return away + operator + signs + (member.who.bot ? TRAIT_LETTERS.bot : "");
}
