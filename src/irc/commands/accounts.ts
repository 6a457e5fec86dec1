import { lacksPassword } from "../../chat/accounts.ts";
import type { Account, PushKeys, PushSubscription } from "../../chat/model/account.ts";
import type { AccountRefusal } from "../../chat/model/refusal.ts";
import { accountWords, passwordRemarks, passwordWords } from "../../chat/words/accounts.ts";
import { fold } from "../../text/fold.ts";
import { parseTags } from "../../wire/message.ts";
import { CAP, FORM, namesOf } from "../capabilities.ts";
import { fault } from "../render/refusals.ts";
import type { IrcCommand } from "../session/dispatch.ts";
import { countWrongPassword } from "../session/registration.ts";
import type { IrcSession } from "../session/session.ts";
import { logIn } from "./sasl.ts";

const KEEP_CERTIFICATES = "--keep-certificates";

/** REGISTER and VERIFY (IRCv3 draft/account-registration), and PASSWD, this server's own. */
export const ACCOUNT_COMMANDS: readonly IrcCommand[] = [
  {
    name: "REGISTER",
    minParams: 0,
    when: "any",
    usage: "account|* email|* password",
    help: "Registers your nick as an account.",
    restAfter: 2,
    run: (session, params) => runRegister(session, params),
  },
  {
    name: "PASSWD",
    minParams: 1,
    when: "after",
    usage: `[${KEEP_CERTIFICATES}] password`,
    help: "Changes your account's password, and logs its other sessions out.",
    restAfter: 0,
    run: (session, [words = ""], { params }) =>
      runPasswd(session, words, params.length > 1 && params[0] === KEEP_CERTIFICATES),
  },
  {
    name: "VERIFY",
    minParams: 2,
    when: "any",
    usage: "account code",
    help: "Completes a registration with a code; this server needs none.",
    run: (session, [account = "*"]) => {
      const current = accountOf(session);
      if (current) return refuse(session, "VERIFY", account, { why: "logged-in", account: current.name });
      if (!session.member && !session.server.config.registerBeforeConnect)
        return fault(session, "verify-early", [account]);
      fault(session, "verify-code", [account]);
    },
  },
];

function runRegister(session: IrcSession, [name = "", email = "", password]: readonly string[]): void {
  if (password === undefined) return session.numeric("ERR_NEEDMOREPARAMS", "REGISTER");
  if (!session.knowsPassword) {
    fault(session, "register-password", [name || "*"]);
    return countWrongPassword(session);
  }
  if (!session.member && !session.server.config.registerBeforeConnect) {
    return fault(session, "register-early", [name || "*"]);
  }
  const nick = session.member?.nick ?? session.registration?.requestedNick;
  if (nick === undefined) return fault(session, "register-nick", ["*"]);
  const account = name === "*" ? nick : name;
  if (fold(account) !== fold(nick)) return fault(session, "register-name", [account || "*"]);
  const current = accountOf(session);
  if (current !== undefined) return refuse(session, "REGISTER", account, { why: "logged-in", account: current.name });
  session.wait(session.server.accounts.register({ name: nick, password, email }, session.peer, session), (outcome) => {
    if ("refusal" in outcome) return refuse(session, "REGISTER", account, outcome.refusal);
    const words = `Account successfully registered.${passwordRemarks(password)}`;
    session.send(session.server.name, "REGISTER", ["SUCCESS", outcome.account.name], words);
    logIn(session, outcome.account);
  });
}

/** The account that the client is logged in to, whether it is a member yet or not. */
function accountOf({ account, member }: IrcSession): Account | undefined {
  return account ?? member?.who.account;
}

/** Sends a refusal of the account service as a FAIL. */
function refuse(
  session: IrcSession,
  command: "REGISTER" | "VERIFY" | "PASSWD",
  account: string,
  refusal: AccountRefusal,
): void {
  session.fail(command, FAIL_CODES[refusal.why], [account || "*"], accountWords(refusal));
}

/** PASSWD; its answer has the form of REGISTER's. `rest` is everything behind the command. */
function runPasswd(session: IrcSession, rest: string, keepsCertificates: boolean): void {
  if (lacksPassword(rest)) return session.numeric("ERR_NEEDMOREPARAMS", "PASSWD");
  const password = keepsCertificates ? rest.slice(KEEP_CERTIFICATES.length + 1) : rest;
  const { accounts } = session.server;
  session.wait(accounts.changePassword({ password, keepsCertificates }, session.peer, session), (outcome) => {
    const name = session.member?.who.account?.name ?? "*";
    if ("refusal" in outcome) return refuse(session, "PASSWD", name, outcome.refusal);
    session.send(session.server.name, "PASSWD", ["SUCCESS", name], passwordWords(outcome, true));
  });
}

/** The code of the FAIL for each refusal (IRCv3 draft/account-registration). */
const FAIL_CODES: Readonly<Record<AccountRefusal["why"], string>> = {
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
  "key-missing": "TEMPORARILY_UNAVAILABLE",
  "key-taken": "TEMPORARILY_UNAVAILABLE",
  "key-unknown": "TEMPORARILY_UNAVAILABLE",
  "last-key": "TEMPORARILY_UNAVAILABLE",
  "code-wrong": "TEMPORARILY_UNAVAILABLE",
  "name-missing": "TEMPORARILY_UNAVAILABLE",
  "accounts-not-stored": "TEMPORARILY_UNAVAILABLE",
};

/** WEBPUSH (soju.im/webpush, draft/webpush). */
export const PUSH_COMMANDS: readonly IrcCommand[] = [
  {
    name: "WEBPUSH",
    minParams: 0,
    when: "after",
    isFor: usesPush,
    usage: "REGISTER endpoint keys | UNREGISTER endpoint",
    help: "Sends direct messages and mentions to a push service while you are away.",
    run: (session, [verb = "", ...params]) => runPush(session, verb.toUpperCase(), params),
  },
];

/** Whether a session has negotiated Web Push. */
export function usesPush(session: IrcSession): boolean {
  return session.has(CAP.webpush) || session.has(CAP.draftWebpush);
}

function runPush(session: IrcSession, verb: string, params: readonly string[]): void {
  const { push } = session.server;
  const [endpoint = "", keyText] = params;
  const count = verb === "REGISTER" ? 2 : 1;
  if ((verb !== "REGISTER" && verb !== "UNREGISTER") || params.length !== count)
    return fault(session, "push-verb", [verb || "*", endpoint || "*"]);
  if (verb === "UNREGISTER") return submitPush(session, verb, endpoint, undefined);
  if (!push?.isEndpoint(endpoint)) return fault(session, "push-endpoint", [verb, endpoint]);
  const keys = pushKeysOf(keyText ?? "");
  if (!keys || !push.areKeys(keys)) return fault(session, "push-keys", [verb, endpoint]);
  const caps = namesOf({ first: session.caps.first & FORM, second: 0 });
  submitPush(session, verb, endpoint, { endpoint, ...keys, caps });
}

/**
 * Adds or removes a subscription, and echoes the command once that is done. An UNREGISTER of an unknown endpoint is
 * ignored silently (soju.im/webpush).
 */
function submitPush(
  session: IrcSession,
  verb: string,
  endpoint: string,
  subscription: PushSubscription | undefined,
): void {
  session.server.chat.submit(session, { type: "set-push", endpoint, subscription }, (outcome) => {
    if (outcome === "happened") session.send(session.server.name, "WEBPUSH", [verb, endpoint]);
  });
}

/** The keys of a subscription, which are written like message tags. */
function pushKeysOf(text: string): PushKeys | undefined {
  const given = parseTags(text);
  const [p256dh, auth] = [given.get("p256dh"), given.get("auth")];
  return p256dh === undefined || auth === undefined ? undefined : { p256dh, auth };
}
