import { type AccountOutcome, lacksPassword } from "../../chat/accounts.ts";
import type { Refusal } from "../../chat/model/refusal.ts";
import { sessionNamed } from "../../chat/model/session.ts";
import {
  aboutAutojoin,
  aboutCertificates,
  accountWords,
  autojoinWords,
  deviceWords,
  droppedWords,
  NO_PUSH,
  PUSH_ENDED,
  passwordRemarks,
  passwordWords,
  pushWords,
} from "../../chat/words/accounts.ts";
import { wordsFor } from "../../chat/words/refusals.ts";
import { endSessions } from "../../commands/accounts.ts";
import { NICKSERV, tellFrom } from "../render/line.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import type { IrcSession } from "../session/session.ts";
import { logIn } from "./sasl.ts";

/** A line from a client to NickServ. */
interface ServiceRequest {
  readonly session: IrcSession;
  /** Everything behind the command and one blank: a password may contain blanks. */
  readonly rest: string;
  /** The words of `rest`. */
  readonly words: readonly string[];
  /** Answers a line, as a NOTICE from NickServ. */
  tell(line: string): void;
}

/** A command of NickServ; HELP shows the first of its names. */
interface ServiceCommand {
  readonly names: readonly string[];
  readonly usage: string;
  readonly help: string;
  run(request: ServiceRequest): void;
}

const SERVICE_COMMANDS: readonly ServiceCommand[] = [
  { names: ["REGISTER"], usage: "password", help: "registers your nick as an account", run: register },
  {
    names: ["IDENTIFY", "LOGIN", "ID"],
    usage: "[account] password",
    help: "logs in to your account",
    run: identify,
  },
  {
    names: ["PASSWD", "SETPASS"],
    usage: "[--keep-certificates] password",
    help: "changes your account's password, and logs its other sessions out; SET PASSWORD does the same",
    run: passwd,
  },
  {
    names: ["SET"],
    usage: "AUTOJOIN on|off",
    help: "with on, every client that logs in to your account is back in its rooms",
    run: set,
  },
  {
    names: ["SESSIONS", "CLIENTS"],
    usage: "[END id|OTHERS|PUSH]",
    help: "lists the sessions of your account, ends one and its token, all but this one, or the notifications",
    run: sessions,
  },
  {
    names: ["CERT"],
    usage: "[LIST|ADD|DEL] [fingerprint]",
    help: "lists the certificates that log in to your account, adds one, or removes one",
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
    run: (request) => reclaim(request, true),
  },
  {
    names: ["GHOST", "RELEASE"],
    usage: "[nick] [password]",
    help: "takes your nick back from a guest, and leaves it free",
    run: (request) => reclaim(request, false),
  },
  {
    names: ["DROP", "UNREGISTER"],
    usage: "password",
    help: "removes your account for good",
    run: drop,
  },
];

const COMMANDS_BY_NAME: ReadonlyMap<string, ServiceCommand> = new Map(
  SERVICE_COMMANDS.flatMap((command) => command.names.map((name) => [name, command])),
);

/** NS and NICKSERV: account commands for clients without SASL and REGISTER, and commands without another IRC form. */
export const NICKSERV_COMMANDS: readonly IrcCommand[] = ["NS", "NICKSERV"].map((name) => ({
  name,
  minParams: 0,
  when: "after",
  usage: SERVICE_COMMANDS.map(synopsis).join(" | "),
  help: "Talks to NickServ about your account.",
  restAfter: 0,
  run: (session, [text = ""]) => askNickServ(session, text),
}));

/** Runs a line to NickServ. Nobody else sees it. */
export function askNickServ(session: IrcSession, text: string): void {
  const [, verb = "", rest = ""] = /^ *(\S*) ?(.*)$/s.exec(text) ?? [];
  const tell = (line: string) => tellFrom(NICKSERV, session, line);
  const password = /^set$/i.test(verb) ? /^ *password ?(.*)$/is.exec(rest) : undefined;
  if (password) return passwd({ session, rest: password[1] ?? "", words: [], tell });
  const command = COMMANDS_BY_NAME.get(verb.toUpperCase());
  if (!command) {
    if (verb !== "" && !/^help$/i.test(verb)) tell("NickServ has no such command; it has:");
    for (const row of SERVICE_COMMANDS) tell(`${synopsis(row)}: ${row.help}.`);
    return;
  }
  command.run({ session, rest, words: rest.split(" ").filter((word) => word !== ""), tell });
}

/** The first name of a command, with its parameters. */
function synopsis({ names, usage }: ServiceCommand): string {
  return `${names[0]} ${usage}`;
}

function set({ session, words: [key = "", value = ""], tell }: ServiceRequest): void {
  if (!/^autojoin$/i.test(key)) return tell("That is SET AUTOJOIN ON, SET AUTOJOIN OFF, or SET PASSWORD password.");
  const { accounts, chat } = session.server;
  const account = session.member?.who.account;
  const answer = aboutAutojoin(account && accounts.withId(account.id), value);
  if ("refusal" in answer) return tell(`${accountWords(answer.refusal)}.`);
  if ("words" in answer) return tell(`${answer.words}.`);
  const refused = (refusal: Refusal) => tell(wordsFor(refusal, chat.limits));
  session.ask({ type: "set-autojoin", on: answer.on }, refused, (outcome) => {
    if (outcome !== "refused") tell(`${autojoinWords(answer.on)}.`);
  });
}

function register({ session, rest, tell }: ServiceRequest): void {
  const { accounts } = session.server;
  const { password, email } = accounts.parseRegistration(rest);
  if (password === undefined) return tell("Say REGISTER and a password: your nick becomes an account.");
  const account = session.member?.who.account;
  if (account !== undefined) return tell(`${accountWords({ why: "logged-in", account: account.name })}.`);
  session.wait(accounts.register({ name: session.nick, password, email }, session.peer, session), (outcome) =>
    reportLogin(session, outcome, tell, `is registered; you are logged in.${passwordRemarks(password)}`),
  );
}

function identify({ session, rest, tell }: ServiceRequest): void {
  if (rest.trim() === "") return tell("Say IDENTIFY and your password, or IDENTIFY, your account and its password.");
  const { accounts } = session.server;
  const { name, password } = accounts.parseCredentials(rest, session.nick);
  session.wait(accounts.login(name, password, session.peer), (outcome) =>
    reportLogin(session, outcome, tell, "is yours; you are logged in."),
  );
}

/** Logs in after a login or a registration, and answers with its outcome; `words` follow the account's name. */
function reportLogin(session: IrcSession, outcome: AccountOutcome, tell: (line: string) => void, words: string): void {
  if ("refusal" in outcome) return tell(`${accountWords(outcome.refusal)}.`);
  tell(`${outcome.account.name} ${words}`);
  logIn(session, outcome.account);
}

function passwd({ session, rest, tell }: ServiceRequest): void {
  if (lacksPassword(rest)) return tell("Say PASSWD and the new password.");
  session.wait(session.server.accounts.changePassword(rest, session.peer, session), (outcome) =>
    tell("refusal" in outcome ? `${accountWords(outcome.refusal)}.` : passwordWords(outcome, true)),
  );
}

function drop({ session, rest, tell }: ServiceRequest): void {
  const { accounts } = session.server;
  const account = session.member?.who.account;
  if (!account) return tell(`${accountWords({ why: "not-logged-in" })}.`);
  if (rest.trim() === "") return tell(`Say DROP and the password of ${account.name}: that removes it for good.`);
  session.wait(accounts.drop(rest, session.peer, session), (outcome) =>
    tell(`${"refusal" in outcome ? accountWords(outcome.refusal) : droppedWords(account.name)}.`),
  );
}

function sessions(request: ServiceRequest): void {
  const { session, words, tell } = request;
  const { member, server, id } = session;
  if (!member?.who.account) return tell(`${accountWords({ why: "not-logged-in" })}.`);
  const devices = server.addresses.devicesOf(member);
  const { push } = server.accounts.withId(member.who.account.id) ?? {};
  const [verb = "LIST", which = ""] = words;
  if (/^list$/i.test(verb)) {
    for (const device of devices) tell(`${deviceWords(device, id, server.steady())}.`);
    const notified = pushWords(push, "SESSIONS END PUSH");
    if (notified !== undefined) tell(`${notified}.`);
    return;
  }
  if (/^end$/i.test(verb) && /^push$/i.test(which)) return endPush(request);
  const named = sessionNamed(which);
  if (!/^(?:end|logout)$/i.test(verb) || (named === undefined && !/^others$/i.test(which)))
    return tell("Say SESSIONS, SESSIONS END and an id from there, or SESSIONS END OTHERS or PUSH.");
  endSessions(server, member, session.peer, named, {
    act: (act, then) => server.chat.submit(session, act, then),
    say: tell,
  });
}

/** Removes all push subscriptions of the account. */
function endPush({ session, tell }: ServiceRequest): void {
  const act = { type: "set-push", endpoint: undefined, subscription: undefined } as const;
  session.server.chat.submit(session, act, (outcome) => {
    if (outcome !== "refused") tell(outcome === "happened" ? PUSH_ENDED : NO_PUSH);
  });
}

/** Takes a nick back from a guest, or frees it; with a password, the owner is logged in first. */
function reclaim({ session, words, rest, tell }: ServiceRequest, takes: boolean): void {
  const [nick = session.member?.who.account?.name ?? session.nick] = words;
  const [, password = ""] = /^ *\S+ (.+)$/s.exec(rest) ?? [];
  if (password === "") return session.submit({ type: "reclaim", nick, takes });
  session.wait(session.server.accounts.login(nick, password, session.peer), (outcome) => {
    reportLogin(session, outcome, tell, "is yours; you are logged in.");
    if ("account" in outcome) session.submit({ type: "reclaim", nick, takes });
  });
}
