import type { Credentials } from "../../chat/accounts.ts";
import { isSameAccount } from "../../chat/model/account.ts";
import { isNick } from "../../chat/model/names.ts";
import { accountWords } from "../../chat/words/accounts.ts";
import { showLine } from "../../text/filter.ts";
import { clip } from "../../text/split.ts";
import { closing } from "../../wire/closing.ts";
import { LINE_TEXT, USER_LENGTH } from "../../wire/limits.ts";
import { CAP, type CapSet, capabilityNamed, hasCap, namesOf, offerOf, switchCap, VALUES } from "../capabilities.ts";
import { packed, tellNotice } from "../render/line.ts";
import { explain } from "../render/refusals.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { Registration } from "../session/registration.ts";
import type { IrcSession } from "../session/session.ts";
import { tellPushKey } from "../welcome.ts";
import { usesPush } from "./accounts.ts";
import { abort, logIn } from "./sasl.ts";

/** CAP (IRCv3 capability-negotiation). */
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

/**
 * Lists the capabilities in the version requested; the session keeps the highest version it ever requested. A client
 * that does not know several lines gets one, with the ratified capabilities first: what does not fit is left out.
 */
function listCaps(session: IrcSession, version: number): void {
  session.capVersion = Math.max(session.capVersion, version);
  if (version >= VALUES) session.caps = switchCap(session.caps, CAP.capNotify, true);
  sendNames(session, "LS", offerOf(session.server, session.peer, version >= VALUES), version >= VALUES);
}

/** The bytes for the names in one line of CAP. */
function spaceFor({ server, nick }: IrcSession, subcommand: string): number {
  return LINE_TEXT - Buffer.byteLength(`:${server.name} CAP ${nick} ${subcommand} * :`);
}

/** Sends names in one line, or with `multiline` in as many as they need; `*` marks every line but the last. */
function sendNames(session: IrcSession, subcommand: string, names: readonly string[], multiline: boolean): void {
  const ordered = multiline ? names : names.toSorted((a, b) => Number(a.includes("/")) - Number(b.includes("/")));
  const lines = [...packed(ordered, spaceFor(session, subcommand), " ")];
  if (!multiline) lines.splice(1);
  const last = lines.pop() ?? "";
  for (const line of lines) session.send(session.server.name, "CAP", [session.nick, subcommand, "*"], line);
  session.send(session.server.name, "CAP", [session.nick, subcommand], last);
}

/** Grants all of a request, or none of it. */
function requestCaps(session: IrcSession, request: string): void {
  const words = request.split(" ").filter((name) => name !== "");
  const caps = granted(session, words);
  const hadPush = usesPush(session);
  if (caps !== undefined) session.caps = caps;
  const answer = caps === undefined ? "NAK" : "ACK";
  const lines = [...packed(words, spaceFor(session, answer), " ")];
  for (const line of lines.length > 0 ? lines : [""])
    session.send(session.server.name, "CAP", [session.nick, answer], line);
  if (session.member && !hadPush && usesPush(session)) tellPushKey(session);
}

/** The session's capabilities after a request; `undefined` if one of its changes is impossible. */
function granted(session: IrcSession, words: readonly string[]): CapSet | undefined {
  let caps = session.caps;
  for (const word of words) {
    const off = word.startsWith("-");
    const row = capabilityNamed(off ? word.slice(1) : word);
    // Version 302 turns cap-notify on, and a client cannot turn it off again (IRCv3 capability-negotiation).
    if (!row || row.isOffered?.(session.server) === false) return undefined;
    if (row.bit === 0 || (off && row.bit === CAP.capNotify && session.capVersion >= VALUES)) return undefined;
    caps = switchCap(caps, row.bit, !off);
  }
  // "Servers MUST NOT accept these requests either" (IRCv3 draft/metadata-3): one version of metadata at a time.
  return hasCap(caps, CAP.metadata) && hasCap(caps, CAP.metadata2) ? undefined : caps;
}

/** The commands of a connection: CAP, NICK, USER, PASS, RESUME, WEBIRC, PING, PONG, QUIT. */
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
    help: "Gives your user name and real name, before you are registered.",
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
      registration.hasTriedLogin = false;
    },
  },
  {
    name: "RESUME",
    minParams: 1,
    when: "before",
    usage: "key",
    help: "Gives a secret key of 32 to 64 letters and digits: a guest who comes back with it in time is the same guest.",
    run: (session, [key = ""]) => {
      const { registration } = session;
      if (!/^[\w-]{32,64}$/.test(key))
        return session.fail("RESUME", "INVALID_KEY", [], "A key has 32 to 64 letters, digits, - and _");
      if (registration && session.has(CAP.resume)) registration.resume = session.server.accounts.tokens.hash(key);
    },
  },
  {
    name: "WEBIRC",
    minParams: 0,
    when: "any",
    usage: "password gateway host address [:options]",
    help: "Gives the address of a web gateway's client, as the very first line.",
    // The connection handles a WEBIRC in its first line. A later one would leave the client under the gateway's address.
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
  if (!registration) return session.submit({ type: "rename", nick });
  registration.requestedNick = nick;
  if (!isNick(nick, session.server.chat.limits.nickLength)) return explain(session, { why: "nick-bad", nick });
  const holder = session.server.chat.member(nick);
  // A client that is still negotiating may yet log in to the holder's account; one that has logged in joins it.
  const account = holder?.who.account;
  const mayLogIn = registration.negotiating || credentialsOf(session) !== undefined;
  const mayShareAccount = mayLogIn ? account !== undefined : isSameAccount(session.account, account);
  const refusal = holder && !mayShareAccount ? session.server.chat.nickRefusal(nick, session.account) : undefined;
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
  const limit = session.server.chat.limits.realnameLength;
  registration.realname = limit > 0 ? clip(showLine(realname), limit) : showLine(realname);
  enterIfComplete(session);
}

/** Enters the chat once the client has sent everything it must: a nick, a user name, and CAP END if it negotiates. */
function enterIfComplete(session: IrcSession): void {
  const { registration, peer } = session;
  if (!registration?.isComplete) return;
  if (session.sasl) abort(session); // IRCv3 sasl-3.1: registration continues without a login
  const { nick = "", user = "", realname } = registration;
  if (!session.knowsPassword) {
    session.numeric("ERR_PASSWDMISMATCH");
    return session.close(closing("server-password"));
  }
  const credentials = credentialsOf(session);
  if (credentials) return logInByPass(session, registration, credentials);
  if (!peer.admit(session.account?.id)) return;
  const metadata = registration.metadata.entries().map(([key, value]) => ({ key, value }));
  session.submit({
    type: "enter",
    nick,
    user,
    realname,
    host: peer.host,
    account: session.account,
    yielding: false,
    metadata: [...metadata],
    resume: registration.resume,
  });
}

/** The credentials in PASS, unless PASS is the server's own password here or the client has used SASL. */
function credentialsOf({ registration, server, account }: IrcSession): Credentials | undefined {
  return server.config.password === "" && account === undefined ? registration?.credentials : undefined;
}

/** Logs in with the credentials in PASS and enters the chat; as a guest if the login is refused. */
function logInByPass(session: IrcSession, registration: Registration, credentials: Credentials): void {
  registration.hasTriedLogin = true;
  const { name, password } = credentials;
  session.wait(session.server.accounts.login(name, password, session.peer), (outcome) => {
    if ("account" in outcome) logIn(session, outcome.account);
    else tellNotice(session, `${accountWords(outcome.refusal)}: you are a guest`);
    enterIfComplete(session);
  });
}
