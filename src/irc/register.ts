import { isNick } from "../chat/names.ts";
import { showLine } from "../text/filter.ts";
import { CAP, CAPABILITIES, capabilityNamed, namesOf } from "./caps.ts";
import type { Command } from "./commands.ts";
import type { IrcSession } from "./session.ts";

const USER_LENGTH = 18; // bytes of a user name, as RPL_ISUPPORT says: USERLEN

/** Coming in and going: CAP, NICK, USER, PASS, PING, PONG, QUIT. */
export const REGISTRATION_COMMANDS: readonly Command[] = [
  {
    name: "CAP",
    fewest: 1,
    when: "any",
    usage: "LS [version] | LIST | REQ :capabilities | END",
    help: "Negotiates capabilities.",
    run: (session, params) => runCap(session, params),
  },
  {
    name: "NICK",
    fewest: 0,
    when: "any",
    usage: "nickname",
    help: "Sets or changes your nick.",
    run: (session, [nick]) => runNick(session, nick),
  },
  {
    name: "USER",
    fewest: 4,
    when: "before",
    usage: "username 0 * :realname",
    help: "Says who you are, when you connect.",
    run: (session, [user = "", , , realname = ""]) => runUser(session, user, realname),
  },
  {
    name: "PASS",
    fewest: 1,
    when: "before",
    usage: "password",
    help: "Gives the server's password, before NICK and USER.",
    run: (session, [password]) => {
      if (session.registration) session.registration.password = password;
    },
  },
  {
    name: "PING",
    fewest: 0,
    when: "any",
    usage: "token",
    help: "Asks for a PONG with the same token.",
    run: (session, [token]) => {
      if (token === undefined || token === "") return session.numeric("ERR_NOORIGIN");
      session.send(session.server.name, "PONG", session.server.name, token);
    },
  },
  {
    name: "PONG",
    fewest: 0,
    when: "any",
    usage: "token",
    help: "Answers the server's PING.",
    run: () => {},
  },
  {
    name: "QUIT",
    fewest: 0,
    when: "any",
    usage: "[:reason]",
    help: "Leaves the chat.",
    run: (session, [reason]) => {
      const words = showLine(reason ?? "");
      const quit = words === "" ? "Quit" : `Quit: ${words}`;
      if (session.member) session.submit({ type: "quit", reason: quit });
      else session.close(quit);
    },
  },
];

function runNick(session: IrcSession, nick: string | undefined): void {
  if (nick === undefined || nick === "") return session.numeric("ERR_NONICKNAMEGIVEN");
  const { registration } = session;
  if (!registration) return session.submit({ type: "rename", nick, yielding: false });
  if (!isNick(nick, session.server.chat.limits.nickLength)) return session.numeric("ERR_ERRONEUSNICKNAME", shown(nick));
  if (session.server.chat.member(nick)) return session.numeric("ERR_NICKNAMEINUSE", nick);
  registration.nick = nick;
  enterIfComplete(session);
}

function runUser(session: IrcSession, user: string, realname: string): void {
  const { registration } = session;
  if (!registration) return;
  if (registration.user !== undefined) return session.numeric("ERR_ALREADYREGISTERED");
  const name = user.replace(/[^A-Za-z0-9._~-]/g, "").slice(0, USER_LENGTH - 1);
  if (user === "" || realname === "") return session.numeric("ERR_NEEDMOREPARAMS", "USER");
  registration.user = `~${name || "user"}`;
  registration.realname = shortened(showLine(realname), session.server.chat.limits.realnameLength);
  enterIfComplete(session);
}

function enterIfComplete(session: IrcSession): void {
  const { registration, server, peer } = session;
  if (!registration?.isComplete) return;
  const { nick = "", user = "", realname, password } = registration;
  if (server.password !== "" && password !== server.password) {
    session.numeric("ERR_PASSWDMISMATCH");
    return session.close("Password incorrect");
  }
  session.submit({ type: "enter", nick, user, realname, host: peer.host, yielding: false });
}

function runCap(session: IrcSession, [subcommand = "", param = ""]: readonly string[]): void {
  const { registration } = session;
  switch (subcommand.toUpperCase()) {
    case "LS":
      if (registration) registration.negotiating = true;
      return listCaps(session, Number.parseInt(param, 10) || 0);
    case "LIST":
      return session.send(session.server.name, "CAP", session.nick, "LIST", namesOf(session.caps).join(" "));
    case "REQ":
      if (registration) registration.negotiating = true;
      return requestCaps(session, param);
    case "END":
      if (!registration) return;
      registration.negotiating = false;
      return enterIfComplete(session);
    default:
      return session.numeric("ERR_INVALIDCAPCMD", shown(subcommand) || "*");
  }
}

function listCaps(session: IrcSession, version: number): void {
  if (version >= 302) session.caps |= CAP.capNotify;
  session.send(session.server.name, "CAP", session.nick, "LS", CAPABILITIES.map((row) => row.name).join(" "));
}

/** All of a request is granted, or none of it. */
function requestCaps(session: IrcSession, request: string): void {
  let caps = session.caps;
  let good = true;
  for (const word of request.split(" ").filter((name) => name !== "")) {
    const off = word.startsWith("-");
    const row = capabilityNamed(off ? word.slice(1) : word);
    if (!row) good = false;
    else if (off) caps &= ~row.bit;
    else caps |= row.bit;
  }
  if (good) session.caps = caps;
  session.send(session.server.name, "CAP", session.nick, good ? "ACK" : "NAK", request);
}

/** A word of the client's, fit to stand in a reply. */
function shown(word: string): string {
  return word.replace(/[\s:]/g, "") || "*";
}

function shortened(text: string, bytes: number): string {
  let short = text;
  while (Buffer.byteLength(short) > bytes)
    short = short
      .slice(0, -1)
      .toWellFormed()
      .replace(/\ufffd$/, "");
  return short;
}
