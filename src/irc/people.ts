import { maskOf } from "../chat/apply.ts";
import type { Member } from "../chat/member.ts";
import { showLine } from "../text/filter.ts";
import type { Command } from "./commands.ts";
import { signsOf } from "./letters.ts";
import { clipped, listed } from "./rooms.ts";
import type { IrcSession } from "./session.ts";
import { sendWho } from "./who.ts";

const AWAY_LENGTH = 390; // bytes of an away text, as RPL_ISUPPORT says: AWAYLEN

/** People: WHO, WHOIS, USERHOST, ISON, AWAY, SETNAME. */
export const PEOPLE_COMMANDS: readonly Command[] = [
  {
    name: "WHO",
    fewest: 0,
    when: "after",
    usage: "#room|mask [flags]",
    help: "Lists people.",
    run: (session, [mask = "", flags = ""]) => sendWho(session, mask, flags),
  },
  {
    name: "WHOIS",
    fewest: 0,
    when: "after",
    usage: "[server] nickname",
    help: "Tells about someone.",
    run: (session, params) => runWhois(session, params[1] ?? params[0]),
  },
  {
    name: "USERHOST",
    fewest: 1,
    when: "after",
    usage: "nickname [nickname ...]",
    help: "Tells user names and hosts.",
    run: (session, nicks) => {
      const found = nicks.slice(0, 5).map((nick) => session.server.chat.member(nick));
      session.numeric(
        "RPL_USERHOST",
        found
          .filter((member) => member !== undefined)
          .map(userhost)
          .join(" "),
      );
    },
  },
  {
    name: "AWAY",
    fewest: 0,
    when: "after",
    usage: "[:text]",
    help: "Says that you are away, or back.",
    run: (session, [text = ""]) => session.submit({ type: "set-away", text: clipped(showLine(text), AWAY_LENGTH) }),
  },
  {
    name: "SETNAME",
    fewest: 1,
    when: "after",
    usage: ":realname",
    help: "Changes your real name.",
    run: (session, [realname = ""]) => session.submit({ type: "set-realname", realname: showLine(realname) }),
  },
];

function userhost(member: Member): string {
  return `${member.nick}=${member.away === "" ? "+" : "-"}${member.who.user}@${member.who.host}`;
}

function runWhois(session: IrcSession, nicks: string | undefined): void {
  if (!nicks) return session.numeric("ERR_NONICKNAMEGIVEN");
  for (const nick of listed(nicks)) {
    const member = session.server.chat.member(nick);
    if (member) tellAbout(session, member);
    else session.numeric("ERR_NOSUCHNICK", nick);
    session.numeric("RPL_ENDOFWHOIS", member?.nick ?? nick);
  }
}

function tellAbout(session: IrcSession, member: Member): void {
  const { server } = session;
  const { nick, user, host, realname, account } = member.who;
  session.numeric("RPL_WHOISUSER", nick, user, host, "*", realname);
  const rooms = roomsShown(session, member);
  if (rooms !== "") session.numeric("RPL_WHOISCHANNELS", nick, rooms);
  session.numeric("RPL_WHOISSERVER", nick, server.name, server.description);
  if (member.away !== "") session.numeric("RPL_AWAY", nick, member.away);
  if (account !== undefined) session.numeric("RPL_WHOISACCOUNT", nick, account);
  if (member === session.member) {
    session.numeric("RPL_WHOISACTUALLY", nick, `${maskOf(member.who).slice(nick.length + 1)}`, session.peer.address);
  }
  const idle = Math.max(0, Math.floor((server.clock() - member.spoke) / 1000));
  session.numeric("RPL_WHOISIDLE", nick, String(idle), String(Math.floor(member.since / 1000)));
}

/** The rooms that someone is in, and the asker may know of. */
function roomsShown(session: IrcSession, member: Member): string {
  const names: string[] = [];
  for (const room of member.rooms) {
    if (session.server.chat.roomFor(session.member, room.name)) names.push(signsOf(room, member, false) + room.name);
  }
  return names.join(" ");
}
