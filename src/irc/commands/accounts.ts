import type { AccountRefusal } from "../../chat/accounts.ts";
import { passwordRemarks } from "../../chat/rules/passwords.ts";
import { accountWords, passwordWords } from "../../chat/words/accounts.ts";
import { fold } from "../../text/fold.ts";
import { fault } from "../render/faults.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import { countGuess } from "../session/registration.ts";
import type { IrcSession } from "../session/session.ts";
import { logIn } from "./sasl.ts";

const KEEP = "--keep-certificates";

/** Accounts: REGISTER and VERIFY (IRCv3 draft/account-registration). */
export const ACCOUNT_COMMANDS: readonly IrcCommand[] = [
  {
    name: "REGISTER",
    minParams: 0,
    when: "any",
    usage: "account|* email|* password",
    help: "Makes your nick an account of yours.",
    restAfter: 2,
    run: (session, params) => runRegister(session, params),
  },
  {
    name: "PASSWD",
    minParams: 1,
    when: "after",
    usage: `[${KEEP}] password`,
    help: "Gives your account another password, and logs its other sessions out.",
    restAfter: 0,
    run: (session, [words = ""], { params }) => runPasswd(session, words, params.length > 1 && params[0] === KEEP),
  },
  {
    name: "VERIFY",
    minParams: 2,
    when: "any",
    usage: "account code",
    help: "Completes a registration; here, none has to be.",
    run: (session, [account = "*"]) => {
      const own = session.account ?? session.member?.who.account;
      if (own) return refuse(session, "VERIFY", account, { why: "logged-in", account: own.name });
      fault(session, "verify-code", [account]);
    },
  },
];

function runRegister(session: IrcSession, [name = "", email = "", password]: readonly string[]): void {
  if (password === undefined) return session.numeric("ERR_NEEDMOREPARAMS", "REGISTER");
  if (!session.knowsPassword) {
    fault(session, "register-password", [name || "*"]);
    return countGuess(session);
  }
  if (!session.member && !session.server.config.registerBeforeConnect) {
    return fault(session, "register-early", [name || "*"]);
  }
  const nick = session.member?.nick ?? session.registration?.asked;
  if (nick === undefined) return fault(session, "register-nick", ["*"]);
  const account = name === "*" ? nick : name;
  if (fold(account) !== fold(nick)) return fault(session, "register-name", [account || "*"]);
  const own = session.account ?? session.member?.who.account;
  if (own !== undefined) return refuse(session, "REGISTER", account, { why: "logged-in", account: own.name });
  session.wait(session.server.accounts.register({ name: nick, password, email }, session.peer, session), (outcome) => {
    if ("refusal" in outcome) return refuse(session, "REGISTER", account, outcome.refusal);
    const words = `Account successfully registered.${passwordRemarks(password)}`;
    session.send(session.server.name, "REGISTER", ["SUCCESS", outcome.account.name], words);
    logIn(session, outcome.account);
  });
}

/** A refusal of the accounts', as a standard reply. */
function refuse(
  session: IrcSession,
  command: "REGISTER" | "VERIFY" | "PASSWD",
  account: string,
  refusal: AccountRefusal,
): void {
  session.fail(command, CODES[refusal.why], [account || "*"], accountWords(refusal));
}

/** Answers as REGISTER does. */
function runPasswd(session: IrcSession, words: string, keepsCertificates: boolean): void {
  const password = keepsCertificates ? words.slice(KEEP.length + 1) : words;
  const { accounts } = session.server;
  session.wait(accounts.changePassword({ password, keepsCertificates }, session.peer, session), (outcome) => {
    const name = session.member?.who.account?.name ?? "*";
    if ("refusal" in outcome) return refuse(session, "PASSWD", name, outcome.refusal);
    session.send(session.server.name, "PASSWD", ["SUCCESS", name], passwordWords(outcome, true));
  });
}

/** The code of a FAIL REGISTER (IRCv3 draft/account-registration). */
const CODES: Readonly<Record<AccountRefusal["why"], string>> = {
  "registration-off": "TEMPORARILY_UNAVAILABLE",
  "logged-in": "ALREADY_AUTHENTICATED",
  "not-logged-in": "TEMPORARILY_UNAVAILABLE",
  "nick-in-use": "ACCOUNT_EXISTS",
  "account-exists": "ACCOUNT_EXISTS",
  "account-name-bad": "BAD_ACCOUNT_NAME",
  "email-missing": "INVALID_EMAIL",
  "password-bad": "UNACCEPTABLE_PASSWORD",
  "credentials-wrong": "TEMPORARILY_UNAVAILABLE",
  "too-many-tries": "TEMPORARILY_UNAVAILABLE",
  "too-many-registrations": "TEMPORARILY_UNAVAILABLE",
  "certificate-taken": "TEMPORARILY_UNAVAILABLE",
  "certificate-unknown": "TEMPORARILY_UNAVAILABLE",
  "too-many-certificates": "TEMPORARILY_UNAVAILABLE",
  "accounts-not-stored": "TEMPORARILY_UNAVAILABLE",
};
