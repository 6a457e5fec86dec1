import { accountWords, passwordWords } from "../chat/account-words.ts";
import type { AccountRefusal, NewAccount, NewPassword, PasswordChange, Refused } from "../chat/accounts.ts";
import { passwordRemarks } from "../chat/passwords.ts";
import { fold } from "../text/fold.ts";
import type { Command } from "./commands.ts";
import { countGuess, PASS_FIRST } from "./registration.ts";
import { logIn } from "./sasl.ts";
import type { IrcSession } from "./session.ts";

const KEEP = "--keep-certificates";

/** Accounts: REGISTER and VERIFY (IRCv3 draft/account-registration). */
export const ACCOUNT_COMMANDS: readonly Command[] = [
  {
    name: "REGISTER",
    fewest: 0,
    when: "any",
    usage: "account|* email|* password",
    help: "Makes your nick an account of yours.",
    beforeRest: 2,
    run: (session, params) => runRegister(session, params),
  },
  {
    name: "PASSWD",
    fewest: 1,
    when: "after",
    usage: `[${KEEP}] password`,
    help: "Gives your account another password, and logs its other sessions out.",
    beforeRest: 0,
    run: (session, [words = ""], { params }) => runPasswd(session, words, params.length > 1 && params[0] === KEEP),
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
];

function runRegister(session: IrcSession, [name = "", email = "", password]: readonly string[]): void {
  const fail = (code: string, account: string, words: string) =>
    session.fail("REGISTER", code, [account || "*"], words);
  if (password === undefined) return session.numeric("ERR_NEEDMOREPARAMS", "REGISTER");
  if (!session.knowsPassword) {
    fail("COMPLETE_CONNECTION_REQUIRED", name, PASS_FIRST);
    return countGuess(session);
  }
  if (!session.member && !session.server.config.registerBeforeConnect) {
    return fail("COMPLETE_CONNECTION_REQUIRED", name, "Complete the connection first: NICK, USER, CAP END");
  }
  const nick = session.member?.nick ?? session.registration?.asked;
  if (nick === undefined) return fail("NEED_NICK", name, "Choose a nick first");
  const account = name === "*" ? nick : name;
  if (fold(account) !== fold(nick))
    return fail("ACCOUNT_NAME_MUST_BE_NICK", account, "An account is named as your nick is");
  const own = session.account ?? session.member?.who.account;
  if (own !== undefined)
    return fail("ALREADY_AUTHENTICATED", account, accountWords({ why: "logged-in", account: own.name }));
  session.wait(
    session.server.accounts.register(newAccount(session, nick, { password, email }), session.peer),
    (outcome) => {
      if ("refusal" in outcome) return fail(CODES[outcome.refusal.why], account, accountWords(outcome.refusal));
      const words = `Account successfully registered.${passwordRemarks(password)}`;
      session.send(session.server.name, "REGISTER", ["SUCCESS", outcome.account.name], words);
      logIn(session, outcome.account);
    },
  );
}

/** Answers as REGISTER does. */
function runPasswd(session: IrcSession, words: string, keepsCertificates: boolean): void {
  const password = keepsCertificates ? words.slice(KEEP.length + 1) : words;
  changePassword(session, { password, keepsCertificates }, (outcome) => {
    const name = session.member?.who.account?.name ?? "*";
    if ("refusal" in outcome)
      return session.fail("PASSWD", CODES[outcome.refusal.why], [name], accountWords(outcome.refusal));
    session.send(session.server.name, "PASSWD", ["SUCCESS", name], passwordWords(outcome, true));
  });
}

/** Gives the account another password; what came of it is told before the other sessions are logged out. */
export function changePassword(
  session: IrcSession,
  wish: string | NewPassword,
  told: (outcome: PasswordChange | Refused) => void,
): void {
  const { accounts, chat } = session.server;
  const owner = () => session.member?.who.account;
  if (!owner()) return told({ refusal: { why: "not-logged-in" } });
  session.wait(accounts.changePassword(owner, wish, session.peer), (outcome) => {
    told(outcome);
    chat.enforceLogouts(session);
  });
}

/** The account that a client wants to make of a nick, which is nobody else's as long as it has it alone. */
export function newAccount(
  session: IrcSession,
  name: string,
  secret: Pick<NewAccount, "password" | "email">,
): NewAccount {
  return { name, ...secret, isHeld: () => session.server.chat.isHeld(name, session.member) };
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
  "accounts-not-stored": "TEMPORARILY_UNAVAILABLE",
};
