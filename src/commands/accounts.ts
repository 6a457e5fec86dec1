import { lacksPassword } from "../chat/accounts.ts";
import {
  aboutAutojoin,
  aboutCertificates,
  autojoinWords,
  droppedWords,
  keyRegisteredWords,
  passwordRemarks,
  passwordWords,
} from "../chat/words/accounts.ts";
import { type Command, firstWord, type Invocation } from "./context.ts";
import { DEVICES, logIn, refuseAccount } from "./devices.ts";

const PASSWD_USAGE = "[--keep-certificates] PASSWORD";

/** Commands for accounts. Their parameters are never said or logged. */
export const ACCOUNTS: readonly Command[] = [
  {
    name: "register",
    aliases: [],
    usage: "[PASSWORD]",
    minWords: 0,
    help: "registers your nick as an account, so that nobody else can use it; without PASSWORD, your key logs in to it; /login is for the next time",
    isBasic: true,
    takesPassword: true,
    ircCommand: "REGISTER",
    slashForm: "bare",
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
  ...DEVICES,
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
    if ("refusal" in outcome) return refuseAccount(context, outcome.refusal);
    const { account } = outcome;
    const { password } = registration;
    const key = password === undefined ? context.asker.fingerprint : undefined;
    if (key !== undefined) context.say(keyRegisteredWords(account.name, key));
    else context.say(`${account.name} is registered, and yours.${passwordRemarks(password ?? "")}`);
    logIn(context, { account }, key);
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
