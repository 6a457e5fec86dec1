import type { AccountRefusal, Outcome } from "../chat/accounts.ts";
import { fold } from "../text/fold.ts";
import { askAboutCertificates } from "./certificates.ts";
import type { Command } from "./commands.ts";
import { logIn } from "./sasl.ts";
import type { IrcSession } from "./session.ts";

/** The old way to talk to services: a nick that nobody has. */
export const NICKSERV = "NickServ";

/** Accounts: REGISTER, VERIFY (IRCv3 draft/account-registration), and NickServ for older clients. */
export const ACCOUNT_COMMANDS: readonly Command[] = [
  {
    name: "REGISTER",
    fewest: 0,
    when: "any",
    usage: "account|* email|* password",
    help: "Makes your nick an account of yours.",
    run: (session, params) => runRegister(session, params),
  },
  {
    name: "VERIFY",
    fewest: 0,
    when: "any",
    usage: "account code",
    help: "Completes a registration; here, none has to be.",
    run: (session, [account = "*"]) =>
      session.fail("VERIFY", "INVALID_CODE", [account], "No registration is waiting for a code here"),
  },
  {
    name: "NS",
    fewest: 0,
    when: "after",
    usage: "REGISTER password | IDENTIFY [account] password | CERT ADD|DEL|LIST [fingerprint]",
    help: "Talks to NickServ.",
    run: (session, words) => askNickServ(session, words.join(" ")),
  },
];

function runRegister(session: IrcSession, [name = "", email = "", password]: readonly string[]): void {
  const fail = (code: string, account: string, words: string) =>
    session.fail("REGISTER", code, [account || "*"], words);
  if (password === undefined) return session.numeric("ERR_NEEDMOREPARAMS", "REGISTER");
  const nick = session.member?.nick ?? session.registration?.nick;
  if (!session.member && !session.server.registersBeforeConnect) {
    return fail("COMPLETE_CONNECTION_REQUIRED", name, "Complete the connection first: NICK, USER, CAP END");
  }
  if (nick === undefined) return fail("NEED_NICK", name, "Choose a nick first");
  const account = name === "*" ? nick : name;
  if (fold(account) !== fold(nick))
    return fail("ACCOUNT_NAME_MUST_BE_NICK", account, "An account is named as your nick is");
  if (session.account !== undefined || session.member?.who.account !== undefined) {
    return fail("ALREADY_AUTHENTICATED", account, "You are logged in already");
  }
  if (session.server.requiresEmail && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    return fail("INVALID_EMAIL", account, "An e-mail address has to be given");
  }
  session.wait(session.server.accounts.register(nick, password, session.peer), (outcome) => {
    if ("refusal" in outcome) {
      const [code, words] = failure(outcome.refusal);
      return fail(code, account, words);
    }
    session.send(session.server.name, "REGISTER", "SUCCESS", outcome.account.name, "Account successfully registered");
    logIn(session, outcome.account.name);
  });
}

function failure(refusal: AccountRefusal): readonly [code: string, words: string] {
  switch (refusal.why) {
    case "registration-off":
      return ["TEMPORARILY_UNAVAILABLE", "This server makes no accounts; ask its operator"];
    case "account-exists":
      return ["ACCOUNT_EXISTS", "That name is registered already"];
    case "account-name-bad":
      return ["BAD_ACCOUNT_NAME", "An account's name is made like a nick"];
    case "password-bad":
      return ["UNACCEPTABLE_PASSWORD", `A password has ${refusal.least} to ${refusal.most} bytes`];
    case "too-many-tries":
      return ["TEMPORARILY_UNAVAILABLE", `Too many tries; try again in ${refusal.seconds} seconds`];
    case "accounts-not-stored":
      return ["TEMPORARILY_UNAVAILABLE", "Nothing can be stored at present; try again later"];
    case "credentials-wrong":
      return ["TEMPORARILY_UNAVAILABLE", "That did not work"];
  }
}

/** What someone said to NickServ: never told to anyone. */
export function askNickServ(session: IrcSession, text: string): void {
  const [verb = "", ...words] = text.trim().split(/ +/);
  const tell = (line: string) =>
    session.send(`${NICKSERV}!services@${session.server.name}`, "NOTICE", session.nick, line);
  const { accounts } = session.server;
  switch (verb.toUpperCase()) {
    case "REGISTER": {
      const [password] = words;
      if (password === undefined) return tell("Say REGISTER and a password: your nick becomes an account.");
      return session.wait(accounts.register(session.nick, password, session.peer), (outcome) =>
        settle(session, outcome, tell, "is registered; you are logged in"),
      );
    }
    case "IDENTIFY": {
      const [name, password] = words.length > 1 ? words : [session.nick, words[0]];
      if (name === undefined || password === undefined)
        return tell("Say IDENTIFY and your password, or IDENTIFY, your account and its password.");
      return session.wait(accounts.login(name, password, session.peer), (outcome) =>
        settle(session, outcome, tell, "is yours; you are logged in"),
      );
    }
    case "CERT":
      return askAboutCertificates(session, words, tell);
    default:
      return tell(
        "I know REGISTER password, IDENTIFY [account] password, and CERT ADD, DEL and LIST. SASL and /REGISTER do the first two better.",
      );
  }
}

function settle(session: IrcSession, outcome: Outcome, tell: (line: string) => void, words: string): void {
  if ("account" in outcome) {
    tell(`${outcome.account.name} ${words}.`);
    return logIn(session, outcome.account.name);
  }
  tell(
    outcome.refusal.why === "credentials-wrong"
      ? "That is not the account's password."
      : `${failure(outcome.refusal)[1]}.`,
  );
}
