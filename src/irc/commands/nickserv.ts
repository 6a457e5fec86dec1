import type { AccountOutcome } from "../../chat/accounts.ts";
import { passwordRemarks } from "../../chat/rules/passwords.ts";
import {
  aboutCertificates,
  accountWords,
  deviceWords,
  droppedWords,
  passwordWords,
} from "../../chat/words/accounts.ts";
import { NICKSERV, tellFrom } from "../render/line.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { logIn } from "./sasl.ts";

/** A request of a client to NickServ. */
interface Ask {
  readonly session: IrcSession;
  /** All that stands behind the first word and a blank: it may be a password, whose blanks are its own. */
  readonly rest: string;
  readonly words: readonly string[];
  tell(line: string): void;
}

/** Something that NickServ can be asked, all of it in one row; the first of its names is the one it is known by. */
interface Request {
  readonly names: readonly string[];
  readonly usage: string;
  readonly help: string;
  run(ask: Ask): void;
}

const REQUESTS: readonly Request[] = [
  { names: ["REGISTER"], usage: "password", help: "makes your nick an account", run: register },
  {
    names: ["IDENTIFY", "LOGIN", "ID"],
    usage: "[account] password",
    help: "logs in to your account",
    run: identify,
  },
  {
    names: ["PASSWD", "SETPASS"],
    usage: "[--keep-certificates] password",
    help: "gives your account another password, and logs its other sessions out; SET PASSWORD does too",
    run: passwd,
  },
  {
    names: ["SESSIONS", "CLIENTS"],
    usage: "[END id|OTHERS]",
    help: "lists the sessions of your account, or ends one, or all but this one",
    run: sessions,
  },
  {
    names: ["CERT"],
    usage: "[LIST|ADD|DEL] [fingerprint]",
    help: "lists the certificates that log in to your account, adds one, removes one",
    run: ({ session, words, tell }) => {
      const owner = { account: session.member?.who.account, shown: session.peer.fingerprint, session };
      aboutCertificates(session.server.accounts, owner, words, (lines) => {
        for (const line of lines) tell(line);
      });
    },
  },
  {
    names: ["REGAIN", "RECOVER"],
    usage: "[nick] [password]",
    help: "takes your nick back from a guest who has it",
    run: (ask) => reclaim(ask, true),
  },
  {
    names: ["GHOST", "RELEASE"],
    usage: "[nick] [password]",
    help: "does so, and leaves it free",
    run: (ask) => reclaim(ask, false),
  },
  {
    names: ["DROP", "UNREGISTER"],
    usage: "password",
    help: "removes your account for good",
    run: drop,
  },
];

const BY_NAME: ReadonlyMap<string, Request> = new Map(
  REQUESTS.flatMap((request) => request.names.map((name) => [name, request])),
);

/** NickServ, for clients that know no SASL and no REGISTER, and for what these cannot do. */
export const NICKSERV_COMMANDS: readonly IrcCommand[] = ["NS", "NICKSERV"].map((name) => ({
  name,
  minParams: 0,
  when: "after",
  usage: REQUESTS.map(synopsis).join(" | "),
  help: "Talks to NickServ about your account.",
  restAfter: 0,
  run: (session, [text = ""]) => askNickServ(session, text),
}));

/** Answers words to NickServ, which nobody else is told. */
export function askNickServ(session: IrcSession, text: string): void {
  const [, verb = "", rest = ""] = /^ *(\S*) ?(.*)$/s.exec(text) ?? [];
  const tell = (line: string) => tellFrom(NICKSERV, session, line);
  const set = /^set$/i.test(verb) ? /^ *password ?(.*)$/is.exec(rest) : undefined;
  if (set) return passwd({ session, rest: set[1] ?? "", words: [], tell });
  const request = BY_NAME.get(verb.toUpperCase());
  if (!request) {
    if (verb !== "" && !/^help$/i.test(verb)) tell("NickServ knows no such word; it knows:");
    for (const row of REQUESTS) tell(`${synopsis(row)}: ${row.help}.`);
    return;
  }
  request.run({ session, rest, words: rest.split(" ").filter((word) => word !== ""), tell });
}

function synopsis({ names, usage }: Request): string {
  return `${names[0]} ${usage}`;
}

function register({ session, rest, tell }: Ask): void {
  if (rest.trim() === "") return tell("Say REGISTER and a password: your nick becomes an account.");
  const account = session.member?.who.account;
  if (account !== undefined) return tell(`${accountWords({ why: "logged-in", account: account.name })}.`);
  const { accounts } = session.server;
  const secret = accounts.secretIn(rest);
  session.wait(accounts.register({ name: session.nick, ...secret }, session.peer, session), (outcome) =>
    settle(session, outcome, tell, `is registered; you are logged in.${passwordRemarks(secret.password)}`),
  );
}

function identify({ session, rest, tell }: Ask): void {
  if (rest.trim() === "") return tell("Say IDENTIFY and your password, or IDENTIFY, your account and its password.");
  const { accounts } = session.server;
  const { name, password } = accounts.credentialsIn(rest, session.nick);
  session.wait(accounts.login(name, password, session.peer), (outcome) =>
    settle(session, outcome, tell, "is yours; you are logged in."),
  );
}

function settle(session: IrcSession, outcome: AccountOutcome, tell: (line: string) => void, words: string): void {
  if ("refusal" in outcome) return tell(`${accountWords(outcome.refusal)}.`);
  tell(`${outcome.account.name} ${words}`);
  logIn(session, outcome.account);
}

function passwd({ session, rest, tell }: Ask): void {
  if (rest.trim() === "") return tell("Say PASSWD and the new password.");
  session.wait(session.server.accounts.changePassword(rest, session.peer, session), (outcome) =>
    tell("refusal" in outcome ? `${accountWords(outcome.refusal)}.` : passwordWords(outcome, true)),
  );
}

function drop({ session, rest, tell }: Ask): void {
  const { accounts } = session.server;
  const account = session.member?.who.account;
  if (!account) return tell(`${accountWords({ why: "not-logged-in" })}.`);
  if (rest.trim() === "") return tell(`Say DROP and the password of ${account.name}: it is gone for good then.`);
  session.wait(accounts.drop(rest, session.peer, session), (outcome) =>
    tell(`${"refusal" in outcome ? accountWords(outcome.refusal) : droppedWords(account.name)}.`),
  );
}

function sessions({ session, words, tell }: Ask): void {
  const { member, server, id } = session;
  if (!member?.who.account) return tell(`${accountWords({ why: "not-logged-in" })}.`);
  const devices = server.addresses.devicesOf(member);
  const [verb = "LIST", which = ""] = words;
  if (/^list$/i.test(verb)) {
    for (const device of devices) tell(`${deviceWords(device, id, server.steady())}.`);
    return;
  }
  if (!/^(?:end|logout)$/i.test(verb) || !/^(?:\d+|others)$/i.test(which))
    return tell("Say SESSIONS, SESSIONS END and an id from there, or SESSIONS END OTHERS.");
  const ended = devices.filter((device) => device.id !== id).map((device) => device.id);
  for (const one of /^others$/i.test(which) ? ended : [Number(which)]) session.submit({ type: "end-session", id: one });
}

/** With a password its owner is logged in first. */
function reclaim({ session, words, rest, tell }: Ask, takes: boolean): void {
  const [nick = session.member?.who.account?.name ?? session.nick] = words;
  const [, password = ""] = /^ *\S+ (.+)$/s.exec(rest) ?? [];
  if (password === "") return session.submit({ type: "reclaim", nick, takes });
  session.wait(session.server.accounts.login(nick, password, session.peer), (outcome) => {
    settle(session, outcome, tell, "is yours; you are logged in.");
    if ("account" in outcome) session.submit({ type: "reclaim", nick, takes });
  });
}
