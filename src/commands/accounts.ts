import { type AccountOutcome, lacksPassword } from "../chat/accounts.ts";
import type { AccountRefusal } from "../chat/model/refusal.ts";
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
} from "../chat/words/accounts.ts";
import { fold } from "../text/fold.ts";
import { type Command, type CommandContext, firstWord, type Invocation } from "./context.ts";

const PASSWD_USAGE = "[--keep-certificates] PASSWORD";

/** Commands for accounts. Their parameters are never said or logged. */
export const ACCOUNTS: readonly Command[] = [
  {
    name: "register",
    aliases: [],
    usage: "PASSWORD",
    minWords: 1,
    help: "registers your nick as an account, so that nobody else can use it",
    isBasic: true,
    takesPassword: true,
    ircCommand: "REGISTER",
    needsRoom: false,
    run: register,
  },
  {
    name: "login",
    aliases: ["identify"],
    usage: "[NICK] PASSWORD",
    minWords: 1,
    help: "logs in to an account and takes its nick",
    takesPassword: true,
    ircCommand: "AUTHENTICATE (SASL)",
    needsRoom: false,
    run: login,
  },
  {
    name: "passwd",
    aliases: ["password"],
    usage: PASSWD_USAGE,
    minWords: 1,
    help: "changes your password and logs out your other sessions",
    takesPassword: true,
    ircCommand: "NICKSERV PASSWD",
    needsRoom: false,
    run: passwd,
  },
  {
    name: "devices",
    aliases: ["sessions"],
    usage: "[end ID|others|push]",
    minWords: 0,
    help: "lists the sessions of your account, or ends one, or all but this one, or the notifications",
    needsRoom: false,
    run: devices,
  },
  {
    name: "certs",
    aliases: ["cert", "certificates"],
    usage: "[add|del] [FINGERPRINT]",
    minWords: 0,
    help: "lists the certificates that log in to your account, adds one, removes one",
    needsRoom: false,
    run: ({ context, words }) => {
      const { account, session, asker } = context;
      if (!account) return refuseAccount(context, { why: "not-logged-in" });
      const owner = { account, shown: asker.fingerprint, session };
      const params = words.split(/\s+/).filter((word) => word !== "");
      aboutCertificates(context.server.accounts, owner, params, (lines) => context.draw(lines));
    },
  },
  {
    name: "autojoin",
    aliases: [],
    usage: "[on|off]",
    minWords: 0,
    help: "with on, every client that logs in to your account is back in your rooms; this one always is",
    needsRoom: false,
    run: ({ context, words }) => {
      const answer = aboutAutojoin(context.account && context.server.accounts.withId(context.account.id), words);
      if ("refusal" in answer) return refuseAccount(context, answer.refusal);
      if ("words" in answer) return context.say(`${answer.words}.`);
      context.act({ type: "set-autojoin", on: answer.on }, (outcome) => {
        if (outcome !== "refused") context.say(`${autojoinWords(answer.on)}.`);
      });
    },
  },
  {
    name: "ghost",
    aliases: ["regain", "recover"],
    usage: "[NICK]",
    minWords: 0,
    help: "takes your nick back from a guest who has it",
    needsRoom: false,
    run: ({ context, member, words }) =>
      void context.act({
        type: "reclaim",
        nick: firstWord(words)[0] || (member.who.account?.name ?? member.nick),
        takes: true,
      }),
  },
  {
    name: "drop",
    aliases: ["unregister"],
    usage: "PASSWORD",
    minWords: 1,
    help: "removes your account for good",
    takesPassword: true,
    ircCommand: "NICKSERV DROP",
    needsRoom: false,
    run: drop,
  },
];

function register({ context, member, secret }: Invocation): void {
  const { account } = member.who;
  if (account !== undefined) return refuseAccount(context, { why: "logged-in", account: account.name });
  const { accounts } = context.server;
  const registration = { name: member.nick, ...accounts.parseRegistration(secret) };
  context.wait(accounts.register(registration, context.asker, context.session), (outcome) => {
    if ("account" in outcome)
      context.say(`${outcome.account.name} is registered, and yours.${passwordRemarks(registration.password)}`);
    logIn(context, outcome);
  });
}

function login({ context, member, secret }: Invocation): void {
  const { name, password } = context.server.accounts.parseCredentials(secret, member.nick);
  context.wait(context.server.accounts.login(name, password, context.asker), (outcome) => logIn(context, outcome));
}

function passwd({ context, secret }: Invocation): void {
  if (!context.account) return refuseAccount(context, { why: "not-logged-in" });
  if (lacksPassword(secret)) return context.deny("needs-more", `That needs more: /passwd ${PASSWD_USAGE}`);
  context.wait(context.server.accounts.changePassword(secret, context.asker, context.session), (outcome) => {
    if ("refusal" in outcome) refuseAccount(context, outcome.refusal);
    else context.say(passwordWords(outcome, true));
  });
}

function drop({ context, secret }: Invocation): void {
  const { account } = context;
  if (!account) return refuseAccount(context, { why: "not-logged-in" });
  context.wait(context.server.accounts.drop(secret, context.asker, context.session), (outcome) => {
    if ("refusal" in outcome) refuseAccount(context, outcome.refusal);
    else context.say(`${droppedWords(account.name)}.`);
  });
}

function devices({ context, member, words }: Invocation): void {
  if (!member.who.account) return refuseAccount(context, { why: "not-logged-in" });
  const own = context.asker.id ?? 0;
  const sessions = context.server.addresses.devicesOf(member);
  const [verb, which] = firstWord(words);
  const push = context.server.accounts.withId(member.who.account.id)?.push;
  const notified = pushWords(push, "/devices end push");
  if (verb === "") {
    const lines = sessions.map((device) => deviceWords(device, own, context.server.steady()));
    return context.draw([...lines, ...(notified === undefined ? [] : [notified])].map((line) => `${line}.`));
  }
  if (verb === "end" && which === "push") return endPush(context);
  if (verb !== "end" || !/^(?:\d+|others)$/.test(which))
    return context.deny("bad-value", "That is /devices, /devices end ID, /devices end others or /devices end push.");
  if (which !== "others") return void context.act({ type: "end-session", id: Number(which) });
  for (const { id } of sessions) if (id !== own) context.act({ type: "end-session", id });
}

/** Removes all push subscriptions of the account. */
function endPush(context: CommandContext): void {
  context.act({ type: "set-push", endpoint: undefined, subscription: undefined }, (outcome) => {
    if (outcome === "happened") context.say(PUSH_ENDED);
    if (outcome === "nothing") context.deny("nothing-to-do", NO_PUSH);
  });
}

function refuseAccount(context: CommandContext, refusal: AccountRefusal): void {
  context.deny(refusal.why, `${accountWords(refusal)}.`);
}

/** Logs the session in, requests the account's nick, and then goes back to its rooms; or answers the refusal. */
function logIn(context: CommandContext, outcome: AccountOutcome): void {
  if ("refusal" in outcome) return refuseAccount(context, outcome.refusal);
  const { id, name, hash } = outcome.account;
  context.act({ type: "identify", account: { id, name, hash } }, () => {
    if (context.view.self !== fold(name)) context.rename(name);
    context.act({ type: "restore-rooms", isAsked: false });
  });
}
