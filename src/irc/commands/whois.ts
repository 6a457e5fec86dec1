import { glob } from "../../chat/model/masks.ts";
import type { Member } from "../../chat/model/member.ts";
import { roomsOf } from "../../chat/sight.ts";
import { fold } from "../../text/fold.ts";
import { MOST_TARGETS } from "../../wire/lengths.ts";
import { packed } from "../render/line.ts";
import { signsOf, traitsOf } from "../render/mode-letters.ts";
import { explain } from "../render/refusals.ts";
import type { Command } from "../session/dispatch.ts";
import { IrcSession } from "../session/session.ts";

const ROOMS = 360; // bytes of rooms in one line: the rest of its 512 is for what stands before

/** What is known of someone, who is here or was: WHOIS, WHOWAS. */
export const WHOIS_COMMANDS: readonly Command[] = [
  {
    name: "WHOIS",
    fewest: 0,
    when: "after",
    usage: "[server] nickname[,nickname]",
    help: "Tells about someone.",
    targets: MOST_TARGETS,
    run: (session, [first, second]) => runWhois(session, second ?? first, second === undefined ? undefined : first),
  },
  {
    name: "WHOWAS",
    fewest: 0,
    when: "after",
    usage: "nickname[,nickname] [count]",
    help: "Tells who had a nick before.",
    targets: MOST_TARGETS,
    run: (session, [nicks, count]) => runWhowas(session, nicks, Number(count)),
  },
];

/** Whether this is the server, or someone on it: there is no other. */
export function isThisServer({ server }: IrcSession, target: string): boolean {
  return glob(fold(target)).test(fold(server.name)) || server.chat.member(target) !== undefined;
}

/** An address that can stand in the middle of a line: `::1` is `0::1`. */
export function wireAddress(address: string): string {
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
  const rooms = [...roomsOf(session.server.chat, session.member, member)].map(
    (room) => signsOf(room, member, false) + room.name,
  );
  for (const line of packed(rooms, ROOMS, " ")) session.numeric("RPL_WHOISCHANNELS", nick, line);
  session.numeric("RPL_WHOISSERVER", nick, server.name, server.config.description);
  if (member.away !== "") session.numeric("RPL_AWAY", nick, member.away);
  if (member.traits.has("operator")) session.numeric("RPL_WHOISOPERATOR", nick);
  if (account !== undefined) session.numeric("RPL_WHOISACCOUNT", nick, account.name);
  if (bot) session.numeric("RPL_WHOISBOT", nick);
  const sessions = ircSessionsOf(member);
  if (sessions.length > 0 && sessions.every(({ peer }) => peer.isSecure)) session.numeric("RPL_WHOISSECURE", nick);
  if (member === session.member || session.member?.traits.has("operator")) tellMore(session, member, sessions);
  const idle = Math.max(0, Math.floor((server.steady() - member.spoke) / 1000));
  session.numeric("RPL_WHOISIDLE", nick, String(idle), String(Math.floor(member.since / 1000)));
}

/** What only oneself and the server's operators are told. */
function tellMore(session: IrcSession, member: Member, sessions: readonly IrcSession[]): void {
  const { nick, user, host } = member.who;
  session.numeric("RPL_WHOISMODES", nick, `is using modes ${traitsOf(member)}`);
  for (const address of session.server.addresses.of(member))
    session.numeric("RPL_WHOISACTUALLY", nick, `${user}@${host}`, wireAddress(address));
  for (const { peer } of sessions) {
    if (peer.fingerprint === undefined) continue;
    session.numeric("RPL_WHOISCERTFP", nick, `has client certificate fingerprint ${peer.fingerprint}`);
  }
}

function ircSessionsOf(member: Member): readonly IrcSession[] {
  return [...member.sessions].filter((session) => session instanceof IrcSession);
}

function runWhowas(session: IrcSession, nicks: string | undefined, count: number): void {
  if (!nicks) return session.numeric("ERR_NONICKNAMEGIVEN");
  const { past, name } = session.server;
  for (const nick of firstOf(nicks)) {
    const departed = past.find(nick, count > 0 ? count : Number.POSITIVE_INFINITY);
    if (departed.length === 0) session.numeric("ERR_WASNOSUCHNICK", nick);
    for (const { who, at } of departed) {
      session.numeric("RPL_WHOWASUSER", who.nick, who.user, who.host, "*", who.realname);
      session.numeric("RPL_WHOISSERVER", who.nick, name, new Date(at).toUTCString());
    }
  }
  session.numeric("RPL_ENDOFWHOWAS", nicks);
}
