import type { Credentials } from "../../chat/accounts.ts";
import { isSameAccount } from "../../chat/model/account.ts";
import { isNick } from "../../chat/model/names.ts";
import { accountWords } from "../../chat/words/accounts.ts";
import { showLine } from "../../text/filter.ts";
import { clip } from "../../text/split.ts";
import { closing } from "../../wire/closing.ts";
import { USER_LENGTH } from "../../wire/limits.ts";
import { CAP, CAPABILITIES, capabilityNamed, namesOf } from "../capabilities.ts";
import { packed, tellNotice } from "../render/line.ts";
import { explain } from "../render/refusals.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { Registration } from "../session/registration.ts";
import type { IrcSession } from "../session/session.ts";
import { abort, logIn } from "./sasl.ts";

const VALUES = 302; // the version of CAP LS that brought values, several lines and cap-notify
const NAMES = 400; // bytes of capabilities in one line: the rest of its 512 is for what stands before

/** CAP: the capabilities that there are, that are on, that a client wants. */
const CAP_COMMAND: IrcCommand = {
  name: "CAP",
  minParams: 1,
  when: "any",
  usage: "LS [version] | LIST | REQ :capabilities | END",
  help: "Negotiates capabilities.",
  run: (session, params) => runCap(session, params),
};

function runCap(session: IrcSession, [subcommand = "", param = ""]: readonly string[]): void {
  const { registration } = session;
  switch (subcommand.toUpperCase()) {
    case "LS":
      if (registration) registration.negotiating = true;
      return listCaps(session, Number.parseInt(param, 10) || 0);
    case "LIST":
      return sendNames(session, "LIST", namesOf(session.caps), session.capVersion >= VALUES);
    case "REQ":
      if (registration) registration.negotiating = true;
      return requestCaps(session, param);
    case "END":
      if (!registration) return;
      registration.negotiating = false;
      return enterIfComplete(session);
    default:
      return session.numeric("ERR_INVALIDCAPCMD", subcommand);
  }
}

/** The answer is of the version asked for; the highest that was ever asked for stays. */
function listCaps(session: IrcSession, version: number): void {
  session.capVersion = Math.max(session.capVersion, version);
  if (version >= VALUES) session.caps |= CAP.capNotify;
  const names = CAPABILITIES.flatMap(({ name, bit, value }) => {
    const given = version >= VALUES ? value?.(session.server, session.peer) : undefined;
    if (given) return `${name}=${given}`;
    return bit === 0 ? [] : name;
  });
  sendNames(session, "LS", names, version >= VALUES);
}

/** One line, or as many as it takes for a client that knows `*` before all but the last. */
function sendNames(session: IrcSession, subcommand: string, names: readonly string[], inLines: boolean): void {
  const lines = inLines ? [...packed(names, NAMES, " ")] : [names.join(" ")];
  const last = lines.pop() ?? "";
  for (const line of lines) session.send(session.server.name, "CAP", [session.nick, subcommand, "*"], line);
  session.send(session.server.name, "CAP", [session.nick, subcommand], last);
}

/** All of a request is granted, or none of it. */
function requestCaps(session: IrcSession, request: string): void {
  const words = request.split(" ").filter((name) => name !== "");
  const caps = granted(session, words);
  if (caps !== undefined) session.caps = caps;
  const answer = caps === undefined ? "NAK" : "ACK";
  const lines = [...packed(words, NAMES, " ")];
  for (const line of lines.length > 0 ? lines : [""])
    session.send(session.server.name, "CAP", [session.nick, answer], line);
}

/** The set with the changes asked for; `undefined` where one of them cannot be. */
function granted(session: IrcSession, words: readonly string[]): number | undefined {
  let caps = session.caps;
  for (const word of words) {
    const off = word.startsWith("-");
    const row = capabilityNamed(off ? word.slice(1) : word);
    // Who has asked for version 302 has cap-notify for good.
    if (!row || row.bit === 0 || (off && row.bit === CAP.capNotify && session.capVersion >= VALUES)) return undefined;
    caps = off ? caps & ~row.bit : caps | row.bit;
  }
  return caps;
}

/** Coming in and going: CAP, NICK, USER, PASS, WEBIRC, PING, PONG, QUIT. */
export const REGISTRATION_COMMANDS: readonly IrcCommand[] = [
  CAP_COMMAND,
  {
    name: "NICK",
    minParams: 0,
    when: "any",
    usage: "nickname",
    help: "Sets or changes your nick.",
    run: (session, [nick]) => runNick(session, nick),
  },
  {
    name: "USER",
    minParams: 4,
    when: "before",
    usage: "username 0 * :realname",
    help: "Says who you are, when you connect.",
    run: (session, [user = "", , , realname = ""]) => runUser(session, user, realname),
  },
  {
    name: "PASS",
    minParams: 1,
    when: "before",
    usage: "password | account:password",
    help: "Gives the server's password, or logs in to your account, before NICK and USER.",
    restAfter: 0,
    run: ({ registration }, [password]) => {
      if (!registration) return;
      registration.password = password;
      registration.hasTried = false;
    },
  },
  {
    name: "WEBIRC",
    minParams: 0,
    when: "any",
    usage: "password gateway host address [:options]",
    help: "Says whom a gateway speaks for: in the first line, before any other.",
    // The first line never comes here. All that follows a later one would be the gateway's, under its own address.
    run: (session) => session.close(closing("gateway-late")),
  },
  {
    name: "PING",
    minParams: 0,
    when: "any",
    usage: "token",
    help: "Asks for a PONG with the same token.",
    run: (session, [token]) => {
      if (token === undefined || token === "") return session.numeric("ERR_NOORIGIN");
      session.send(session.server.name, "PONG", [session.server.name, token]);
    },
  },
  {
    name: "PONG",
    minParams: 0,
    when: "any",
    usage: "token",
    help: "Answers the server's PING.",
    run: () => {},
  },
  {
    name: "QUIT",
    minParams: 0,
    when: "any",
    usage: "[:reason]",
    help: "Leaves the chat.",
    run: (session, [reason]) => {
      const quit = `Quit: ${showLine(reason ?? "")}`;
      if (session.member) session.submit({ type: "quit", reason: quit });
      else session.close(closing("quit", quit));
    },
  },
];

function runNick(session: IrcSession, nick: string | undefined): void {
  if (nick === undefined || nick === "") return session.numeric("ERR_NONICKNAMEGIVEN");
  const { registration } = session;
  if (!registration) return session.submit({ type: "rename", nick, yielding: false });
  registration.asked = nick;
  if (!isNick(nick, session.server.chat.limits.nickLength)) return explain(session, { why: "nick-bad", nick });
  const holder = session.server.chat.member(nick);
  // A client that is still negotiating may yet log in to the holder's account; one that has logged in joins it.
  const account = holder?.who.account;
  const mayLogIn = registration.negotiating || credentialsOf(session) !== undefined;
  const mayBeTheirs = mayLogIn ? account !== undefined : isSameAccount(session.account, account);
  const refusal = holder && !mayBeTheirs ? session.server.chat.nickRefusal(nick, session.account) : undefined;
  if (refusal) return explain(session, refusal);
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
  registration.realname = clip(showLine(realname), session.server.chat.limits.realnameLength);
  enterIfComplete(session);
}

/** The client has said all it has to: it comes in. */
function enterIfComplete(session: IrcSession): void {
  const { registration, peer } = session;
  if (!registration?.isComplete) return;
  if (session.sasl) abort(session); // IRCv3 sasl-3.1: registration goes on without it
  const { nick = "", user = "", realname } = registration;
  if (!session.knowsPassword) {
    session.numeric("ERR_PASSWDMISMATCH");
    return session.close(closing("server-password"));
  }
  const credentials = credentialsOf(session);
  if (credentials) return logInByPass(session, registration, credentials);
  if (!peer.admit(session.account?.id)) return;
  session.submit({ type: "enter", nick, user, realname, host: peer.host, account: session.account, yielding: false });
}

/** The account and the password that PASS has given, where it is not for the server's own password, nor SASL was used. */
function credentialsOf({ registration, server, account }: IrcSession): Credentials | undefined {
  return server.config.password === "" && account === undefined ? registration?.credentials : undefined;
}

/** Logs in with what PASS has given, and comes in; without the account, if that is not to be had. */
function logInByPass(session: IrcSession, registration: Registration, credentials: Credentials): void {
  registration.hasTried = true;
  const { name, password } = credentials;
  session.wait(session.server.accounts.login(name, password, session.peer), (outcome) => {
    if ("account" in outcome) logIn(session, outcome.account);
    else tellNotice(session, `${accountWords(outcome.refusal)}: you are a guest`);
    enterIfComplete(session);
  });
}
