import { keyKind } from "../../chat/model/account.ts";
import type { ChatEvent, Identity } from "../../chat/model/event.ts";
import { LISTED_PER_LINE } from "../../chat/model/limits.ts";
import { glob, maskOf } from "../../chat/model/masks.ts";
import type { Member } from "../../chat/model/member.ts";
import { ROOM_SIGN } from "../../chat/model/names.ts";
import type { Room } from "../../chat/model/room.ts";
import { sees, visibleMembers, visibleRooms } from "../../chat/visibility.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { clip } from "../../text/split.ts";
import { AWAY_LENGTH, LINE_TEXT, MOST_TARGETS } from "../../wire/limits.ts";
import { CAP } from "../capabilities.ts";
import { numericHead, numericText, packed, secondsOf } from "../render/line.ts";
import { signsOf, USER_MODE_LETTERS, userModesOf } from "../render/mode-letters.ts";
import { explain } from "../render/refusals.ts";
import { VISIBILITY } from "../render/render.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import { UNATTENDED } from "../session/registration.ts";
import { IrcSession } from "../session/session.ts";
import { usesMetadata } from "./metadata.ts";

const MEMBERS_PER_STEP = 50; // members examined in one step of an answer: half a millisecond

/** The value of a WHOX field. */
type Field = (session: IrcSession, member: Member, room: Room | undefined) => string;

/** The WHOX fields by letter, in the order in which they are sent. */
const FIELDS: Readonly<Record<string, Field>> = {
  c: (_session, _member, room) => room?.name ?? "*",
  u: (_session, member) => member.who.user,
  i: (session, member) => (member === session.member ? wireAddress(session.peer.address) : "255.255.255.255"),
  h: (_session, member) => member.who.host,
  s: (session) => session.server.name,
  n: (_session, member) => member.nick,
  f: flagsOf,
  d: () => "0",
  l: (session, member) => secondsOf(session.server.steady() - member.lastSpoke),
  a: (_session, member) => member.who.account?.name ?? "0",
  o: (_session, member, room) => (room?.isOperator(member) ? "999" : "n/a"),
  r: (_session, member) => member.who.realname,
};

/** A WHO, parsed. */
interface WhoQuery {
  /** A room, a nick, or a mask; "" matches everyone. */
  readonly mask: string;
  readonly operatorsOnly: boolean;
  /** The field letters of WHOX; `undefined` for a plain WHO. */
  readonly fields: string | undefined;
  /** The token of WHOX, by which the client recognizes the answer. */
  readonly token: string;
}

/** WHO: lists everyone in a room, or everyone whom a mask matches; with `%fields` in the format of WHOX. */
function sendWho(session: IrcSession, mask: string, flags: string): void {
  const [before = "", asked] = flags.split("%", 2);
  const [fields, token = ""] = asked?.split(",", 2) ?? [];
  const operatorsOnly = before.includes("o");
  if (scansAll(session, mask)) session.weigh(session.server.chat.members.size / LISTED_PER_LINE);
  session.emitLong(whoLines(session, { mask, operatorsOnly, fields, token: /^[0-9]{1,3}$/.test(token) ? token : "0" }));
}

/** Whether every member must be examined to answer. */
function scansAll({ server }: IrcSession, mask: string): boolean {
  return !mask.startsWith(ROOM_SIGN) && server.chat.member(mask) === undefined;
}

function* whoLines(session: IrcSession, query: WhoQuery): Generator<string> {
  const { mask, operatorsOnly, fields, token } = query;
  for (const match of matches(session, mask)) {
    if (!match) yield "";
    if (!match) continue;
    const [member, room] = match;
    if (operatorsOnly && !member.userModes.has("operator")) continue;
    const line = fields === undefined ? whoLine(session, member, room) : whoxLine(session, member, room, fields, token);
    yield clip(showLine(line), LINE_TEXT);
  }
  yield numericText(session.server.name, session.nick, "RPL_ENDOFWHO", mask);
}

/** Yields the members that a mask matches, and `undefined` after every `MEMBERS_PER_STEP` members examined. */
function* matches(session: IrcSession, mask: string): Generator<readonly [Member, Room | undefined] | undefined> {
  const { chat } = session.server;
  if (mask.startsWith(ROOM_SIGN)) {
    const room = chat.roomFor(session.member, mask);
    if (room) for (const member of visibleMembers(session.member, room)) yield [member, room];
    return;
  }
  const exact = chat.member(mask);
  if (exact) return yield [exact, someRoom(session, exact)];
  const isMatch = matcherOf(mask === "" || mask === "0" ? "*" : fold(mask));
  let examined = 0;
  for (const member of chat.members) {
    if (++examined % MEMBERS_PER_STEP === 0) yield undefined;
    if (sees(session.member, member) && isMatch(member)) yield [member, someRoom(session, member)];
  }
}

/** Matches a folded mask against nick, user, host and real name, or against `nick!user@host` if it has that form. */
function matcherOf(mask: string): (member: Member) => boolean {
  const pattern = glob(mask);
  if (/[!@]/.test(mask)) return ({ who }) => pattern.test(fold(maskOf(who)));
  return ({ who }) => [who.nick, who.user, who.host, who.realname].some((text) => pattern.test(fold(text)));
}

/** The room named with a member that was not found through a room: any that the client may see. */
function someRoom(session: IrcSession, member: Member): Room | undefined {
  return visibleRooms(session.server.chat, session.member, member).next().value ?? undefined;
}

function whoLine(session: IrcSession, member: Member, room: Room | undefined): string {
  const { nick, user, host, realname } = member.who;
  const server = session.server.name;
  const flags = flagsOf(session, member, room);
  const head = numericHead(session, "RPL_WHOREPLY");
  return `${head} ${room?.name ?? "*"} ${user} ${host} ${server} ${nick} ${flags} :0 ${realname}`;
}

function whoxLine(session: IrcSession, member: Member, room: Room | undefined, fields: string, token: string): string {
  const values: string[] = [];
  if (fields.includes("t")) values.push(token);
  for (const [letter, value] of Object.entries(FIELDS)) {
    if (!fields.includes(letter)) continue;
    values.push(letter === "r" ? `:${value(session, member, room)}` : value(session, member, room));
  }
  return [numericHead(session, "RPL_WHOSPCRPL"), ...values].join(" ");
}

/** The mark of a listener in WHO and before a room's name in WHOIS (ircu's for a member that nobody was told of). */
const LISTENS = "<";

/** `H` here or `G` gone, `*` for a server operator, `<` for a listener, the prefixes of ranks, and `B` for a bot. */
function flagsOf(session: IrcSession, member: Member, room: Room | undefined): string {
  const away = member.away === "" ? "H" : "G";
  const operator = member.userModes.has("operator") ? "*" : "";
  const signs = room ? signsOf(room, member, session.has(CAP.multiPrefix)) : "";
  const listens = room?.isListener(member) ? LISTENS : "";
  return away + operator + listens + signs + (member.who.bot ? USER_MODE_LETTERS.bot : "");
}

const ROOMS_LENGTH = 360; // bytes of rooms in one line, whose other bytes are for the beginning

/** WHOIS, WHOWAS. */
export const WHOIS_COMMANDS: readonly IrcCommand[] = [
  {
    name: "WHOIS",
    minParams: 0,
    when: "after",
    usage: "[server] nickname[,nickname]",
    help: "Shows a person's names, host, rooms and state.",
    maxTargets: MOST_TARGETS,
    run: (session, [first, second]) => runWhois(session, second ?? first, second === undefined ? undefined : first),
  },
  {
    name: "WHOWAS",
    minParams: 0,
    when: "after",
    usage: "nickname[,nickname] [count]",
    help: "Shows who had a nick before.",
    maxTargets: MOST_TARGETS,
    run: (session, [nicks, count]) => runWhowas(session, nicks, Number(count)),
  },
];

/** Whether a command's server parameter is this server or one of its members; there are no other servers. */
export function isThisServer({ server }: IrcSession, target: string): boolean {
  return glob(fold(target)).test(fold(server.name)) || server.chat.member(target) !== undefined;
}

/** An address as a parameter, which must not begin with a colon: `::1` is sent as `0::1`. */
function wireAddress(address: string): string {
  return address.startsWith(":") ? `0${address}` : address;
}

function runWhois(session: IrcSession, nicks: string | undefined, target: string | undefined): void {
  if (!nicks) return session.numeric("ERR_NONICKNAMEGIVEN");
  if (target !== undefined && !isThisServer(session, target)) return session.numeric("ERR_NOSUCHSERVER", target);
  session.weigh(firstOf(nicks).length - 1);
  for (const nick of firstOf(nicks)) {
    const member = session.server.chat.member(nick);
    if (member) tellAbout(session, member);
    else explain(session, { why: "no-such-nick", nick });
  }
  session.numeric("RPL_ENDOFWHOIS", nicks);
}

function firstOf(nicks: string): readonly string[] {
  return nicks.split(",").slice(0, MOST_TARGETS);
}

function tellAbout(session: IrcSession, member: Member): void {
  const { server } = session;
  const { nick, user, host, realname, account, bot } = member.who;
  session.numeric("RPL_WHOISUSER", nick, user, host, "*", realname);
  const rooms = [...visibleRooms(session.server.chat, session.member, member)].map(
    (room) => (room.isListener(member) ? LISTENS : "") + signsOf(room, member, false) + room.name,
  );
  for (const line of packed(rooms, ROOMS_LENGTH, " ")) session.numeric("RPL_WHOISCHANNELS", nick, line);
  session.numeric("RPL_WHOISSERVER", nick, server.name, server.config.description);
  if (member.away !== "") session.numeric("RPL_AWAY", nick, member.away);
  if (member.userModes.has("operator")) session.numeric("RPL_WHOISOPERATOR", nick);
  if (account !== undefined) session.numeric("RPL_WHOISACCOUNT", nick, account.name);
  if (bot) session.numeric("RPL_WHOISBOT", nick);
  const sessions = ircSessionsOf(member);
  if (sessions.length > 0 && sessions.every(({ peer }) => peer.isSecure)) session.numeric("RPL_WHOISSECURE", nick);
  if (member === session.member || session.member?.userModes.has("operator")) tellPrivate(session, member, sessions);
  if (usesMetadata(session))
    for (const [key, value] of member.metadata) session.numeric("RPL_WHOISKEYVALUE", nick, key, VISIBILITY, value);
  const idle = Math.max(0, server.steady() - member.lastSpoke);
  session.numeric("RPL_WHOISIDLE", nick, secondsOf(idle), secondsOf(member.since));
}

/** The part of WHOIS that only the member itself and server operators get. */
function tellPrivate(session: IrcSession, member: Member, sessions: readonly IrcSession[]): void {
  const { nick, user, host } = member.who;
  session.numeric("RPL_WHOISMODES", nick, `is using modes ${userModesOf(member)}`);
  for (const address of session.server.addresses.of(member))
    session.numeric("RPL_WHOISACTUALLY", nick, `${user}@${host}`, wireAddress(address));
  for (const { peer } of sessions) {
    if (peer.fingerprint === undefined || keyKind(peer.fingerprint) === "SSH") continue;
    session.numeric("RPL_WHOISCERTFP", nick, `has client certificate fingerprint ${peer.fingerprint}`);
  }
}

function ircSessionsOf(member: Member): readonly IrcSession[] {
  return [...member.sessions].filter((session) => session instanceof IrcSession);
}

function runWhowas(session: IrcSession, nicks: string | undefined, count: number): void {
  if (!nicks) return session.numeric("ERR_NONICKNAMEGIVEN");
  const { whowas, name } = session.server;
  for (const nick of firstOf(nicks)) {
    const departed = whowas.find(nick, count > 0 ? count : Number.POSITIVE_INFINITY);
    if (departed.length === 0) session.numeric("ERR_WASNOSUCHNICK", nick);
    for (const { who, at } of departed) {
      session.numeric("RPL_WHOWASUSER", who.nick, who.user, who.host, "*", who.realname);
      session.numeric("RPL_WHOISSERVER", who.nick, name, new Date(at).toUTCString());
    }
  }
  session.numeric("RPL_ENDOFWHOWAS", nicks);
}

const MOST_USERHOSTS = 5; // nicks of one USERHOST (RFC 1459, 5.7)

/** WHO, USERHOST, AWAY, SETNAME. */
export const PEOPLE_COMMANDS: readonly IrcCommand[] = [
  {
    name: "WHO",
    minParams: 0,
    when: "after",
    usage: "[#room|mask] [o] [%fields[,token]]",
    help: "Lists people; with `o` server operators only.",
    maxTargets: 1,
    run: (session, [mask = "", flags = ""]) => sendWho(session, mask, flags),
  },
  {
    name: "USERHOST",
    minParams: 1,
    when: "after",
    usage: "nickname [nickname ...]",
    help: "Shows user names and hosts.",
    run: (session, nicks) => {
      const members = nicks.slice(0, MOST_USERHOSTS).map((nick) => session.server.chat.member(nick));
      const replies = members.filter((member) => member !== undefined).map(userhost);
      session.numeric("RPL_USERHOST", replies.join(" "));
    },
  },
  {
    name: "AWAY",
    minParams: 0,
    when: "any",
    usage: "[:text]",
    help: "Marks you as away, or without a text as back.",
    run: (session, [text = ""]) => runAway(session, clip(showLine(text), AWAY_LENGTH)),
  },
  {
    name: "SETNAME",
    minParams: 1,
    when: "after",
    usage: ":realname",
    help: "Changes your real name.",
    run: (session, [realname = ""]) => session.submit({ type: "set-realname", realname: showLine(realname) }),
  },
];

function runAway(session: IrcSession, text: string): void {
  const { member, registration } = session;
  if (!member && !session.has(CAP.preAway)) return session.numeric("ERR_NOTREGISTERED");
  if (registration) registration.away = text;
  // "`*` should be treated as though the connection did not exist at all" if the member has others.
  const isUnattended = session.has(CAP.preAway) && text === UNATTENDED && (member?.sessions.size ?? 0) > 1;
  if (member && !isUnattended) return session.submit({ type: "set-away", text });
  session.numeric(text === "" ? "RPL_UNAWAY" : "RPL_NOWAWAY");
}

/** `nick*=+user@host`: `*` for a server operator, `-` in place of `+` for someone who is away (RFC 1459, 5.7). */
function userhost(member: Member): string {
  const isOperator = member.userModes.has("operator") ? "*" : "";
  return `${member.nick}${isOperator}=${member.away === "" ? "+" : "-"}${member.who.user}@${member.who.host}`;
}

const MOST_DEPARTED = 1000; // identities that are kept for WHOWAS

/** A member's identity when it gave up a nick. */
interface Departed {
  readonly who: Identity;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The latest former holders of nicks, for WHOWAS. */
export class Whowas {
  /** Oldest first. */
  readonly #departed: Departed[] = [];

  /** Takes every event of the chat. */
  observe(event: ChatEvent): void {
    const isGone = event.type === "quit" || event.type === "expelled";
    if (!isGone && !(event.type === "renamed" && fold(event.nick) !== fold(event.who.nick))) return;
    this.#departed.push({ who: event.who, at: event.time });
    if (this.#departed.length > MOST_DEPARTED) this.#departed.shift();
  }

  /** The former holders of a nick, the latest first, at most `limit` of them. */
  find(nick: string, limit: number): readonly Departed[] {
    const key = fold(nick);
    const found: Departed[] = [];
    for (let at = this.#departed.length - 1; at >= 0 && found.length < limit; at--) {
      const departed = this.#departed[at];
      if (departed && fold(departed.who.nick) === key) found.push(departed);
    }
    return found;
  }
}
