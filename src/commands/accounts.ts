import { type AccountOutcome, lacksPassword } from "../chat/accounts.ts";
import { type AccountRecord, certificatesOf } from "../chat/model/account.ts";
import type { Act } from "../chat/model/act.ts";
import type { Member } from "../chat/model/member.ts";
import type { AccountRefusal } from "../chat/model/refusal.ts";
import { type ActOutcome, type Asker, sessionNamed } from "../chat/model/session.ts";
import {
  aboutAutojoin,
  aboutCertificates,
  accountWords,
  autojoinWords,
  codeWords,
  deviceWords,
  droppedWords,
  keyLines,
  keyRegisteredWords,
  keyRemovedWords,
  linkedWords,
  NO_PUSH,
  PUSH_ENDED,
  passwordRemarks,
  passwordWords,
  pushWords,
} from "../chat/words/accounts.ts";
import { tokenRemovedWords } from "../chat/words/tokens.ts";
import { fold } from "../text/fold.ts";
import { type Command, type CommandContext, type CommandServer, firstWord, type Invocation } from "./context.ts";

const PASSWD_USAGE = "[--keep-certificates] PASSWORD";
const DEVICES_USAGE =
  "That is /devices, /devices add [NAME], /devices remove NUMBER, /devices end ID, /devices end others or /devices end push.";
const DEVICE_NAME = 40; // characters

/** Commands for accounts and their devices: keys, sessions, notifications. Their parameters are never said or logged. */
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
  {
    name: "devices",
    aliases: ["sessions"],
    usage: "[add [NAME]|remove NUMBER|end ID|others|push]",
    minWords: 0,
    help: "lists the keys and sessions of your account; add shows a code for another device, remove removes a key; end ends a session and its token, or all but this one, or the notifications",
    needsRoom: false,
    run: devices,
  },
  {
    name: "link",
    aliases: [],
    usage: "[NICK] CODE",
    minWords: 1,
    help: "adds this device's key to your account, with the code that /devices add shows on another device",
    takesPassword: true,
    needsRoom: false,
    run: link,
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
      aboutCertificates(context.server.accounts, owner, params, (lines) => context.stream(lines));
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

function devices(invocation: Invocation): void {
  const { context, member, words } = invocation;
  const account = member.who.account && context.server.accounts.withId(member.who.account.id);
  if (!account) return refuseAccount(context, { why: "not-logged-in" });
  const [verb, rest] = firstWord(words);
  switch (verb.toLowerCase()) {
    case "":
      return listDevices(invocation, account);
    case "add":
      return addDevice(context, account, rest.trim());
    case "remove":
    case "del":
      return removeKey(context, account, rest.trim());
    case "end":
      return endDevice(invocation, rest.trim().toLowerCase());
    default:
      return context.deny("bad-value", DEVICES_USAGE);
  }
}

function listDevices({ context, member }: Invocation, account: AccountRecord): void {
  const { addresses, steady } = context.server;
  const own = context.asker.id ?? 0;
  const keys = keyLines(account, context.asker.fingerprint);
  const sessions = addresses.devicesOf(member).map((device) => deviceWords(device, own, steady()));
  const notified = pushWords(account.push, "/devices end push");
  context.stream([...keys, ...sessions, ...(notified === undefined ? [] : [notified])].map((line) => `${line}.`));
}

/** Shows the code that adds another device. */
function addDevice(context: CommandContext, account: AccountRecord, name: string): void {
  const called = name === "" ? undefined : [...name].slice(0, DEVICE_NAME).join("");
  context.say(codeWords(account.name, context.server.accounts.offerLink(account, called)));
}

function removeKey(context: CommandContext, account: AccountRecord, number: string): void {
  if (!/^\d{1,9}$/.test(number)) return context.deny("bad-value", DEVICES_USAGE);
  const fingerprint = certificatesOf(account)[Number(number) - 1];
  if (fingerprint === undefined) return refuseAccount(context, { why: "key-unknown", number: Number(number) });
  context.act({ type: "change-certificate", on: false, fingerprint, isShown: false }, (outcome) => {
    if (outcome === "happened") context.say(`${keyRemovedWords(fingerprint)}.`);
  });
}

function endDevice({ context, member }: Invocation, which: string): void {
  if (which === "push") return endPush(context);
  const named = sessionNamed(which);
  if (named === undefined && which !== "others") return context.deny("bad-value", DEVICES_USAGE);
  endSessions(context.server, member, context.asker, named, context);
}

/** Runs the acts that end sessions, and answers. */
interface SessionEnding {
  act(act: Act, then: (outcome: ActOutcome) => void): void;
  say(sentence: string): void;
}

/**
 * Ends a session of the member's account by its id, or without one all others, and first the tokens by which these would
 * be back at once. A token that the asker uses itself stays.
 */
export function endSessions(
  { addresses, chat }: Pick<CommandServer, "addresses" | "chat">,
  member: Member,
  asker: Asker,
  named: number | undefined,
  ending: SessionEnding,
): void {
  const others = addresses.devicesOf(member).filter(({ id }) => id !== asker.id);
  const ended = named === undefined ? others : others.filter(({ id }) => id === named);
  const hashes = new Set(ended.flatMap(({ connection }) => [...(connection?.tokens ?? [])]));
  const tokens = chat.tokens(member, undefined);
  for (const token of "why" in tokens ? [] : tokens)
    if (hashes.has(token.hash) && !asker.tokens?.has(token.hash))
      ending.act({ type: "remove-token", hash: token.hash }, (outcome) => {
        if (outcome === "happened") ending.say(tokenRemovedWords(token));
      });
  for (const id of named === undefined ? ended.map((each) => each.id) : [named])
    ending.act({ type: "end-session", id }, () => {});
}

/** Removes all push subscriptions of the account. */
function endPush(context: CommandContext): void {
  context.act({ type: "set-push", endpoint: undefined, subscription: undefined }, (outcome) => {
    if (outcome === "happened") context.say(PUSH_ENDED);
    if (outcome === "nothing") context.deny("nothing-to-do", NO_PUSH);
  });
}

/** Adds the key of this device to an account, and logs in to it. */
function link({ context, member, words }: Invocation): void {
  const [, name = member.nick, code = ""] = /^(?:(\S+)\s+)?(\S+)$/.exec(words) ?? [];
  context.server.accounts.link({ name, code }, context.asker, context.session, (outcome) => {
    if ("account" in outcome) context.say(`${linkedWords(outcome.account.name)}.`);
    logIn(context, outcome, context.asker.fingerprint);
  });
}

/** Answers a refusal about accounts. */
function refuseAccount(context: CommandContext, refusal: AccountRefusal): void {
  context.deny(refusal.why, `${accountWords(refusal)}.`);
}

/**
 * Logs the session in, by password or by `key`, under the account's nick, and then goes back to its rooms; or answers the
 * refusal.
 */
function logIn(context: CommandContext, outcome: AccountOutcome, key?: string): void {
  if ("refusal" in outcome) return refuseAccount(context, outcome.refusal);
  const { id, name, hash } = outcome.account;
  context.act({ type: "identify", account: { id, name, hash, key }, nick: name }, () => {
    if (context.server.chat.semantics < 3 && context.view.self !== fold(name)) context.rename(name);
    context.restoreRooms();
  });
}
