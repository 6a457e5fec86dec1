import type { AccountOutcome } from "../chat/accounts.ts";
import { type AccountRecord, certificatesOf } from "../chat/model/account.ts";
import type { Act } from "../chat/model/act.ts";
import type { Member } from "../chat/model/member.ts";
import type { AccountRefusal } from "../chat/model/refusal.ts";
import { type ActOutcome, type Asker, sessionNamed } from "../chat/model/session.ts";
import {
  accountWords,
  codeWords,
  deviceWords,
  keyLines,
  keyRemovedWords,
  linkedWords,
  NO_PUSH,
  PUSH_ENDED,
  pushWords,
} from "../chat/words/accounts.ts";
import { tokenRemovedWords } from "../chat/words/tokens.ts";
import { fold } from "../text/fold.ts";
import { type Command, type CommandContext, type CommandServer, firstWord, type Invocation } from "./context.ts";

const NAME = 40; // characters of a device's name

/** The commands for the devices of an account: its keys, its sessions, its notifications. */
export const DEVICES: readonly Command[] = [
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
];

function devices(invocation: Invocation): void {
  const { context, member, words } = invocation;
  const account = member.who.account && context.server.accounts.withId(member.who.account.id);
  if (!account) return refuseAccount(context, { why: "not-logged-in" });
  const [verb, rest] = firstWord(words);
  switch (verb.toLowerCase()) {
    case "":
      return list(invocation, account);
    case "add":
      return add(context, account, rest.trim());
    case "remove":
    case "del":
      return remove(context, account, rest.trim());
    case "end":
      return end(invocation, rest.trim().toLowerCase());
    default:
      return context.deny("bad-value", USAGE);
  }
}

const USAGE =
  "That is /devices, /devices add [NAME], /devices remove NUMBER, /devices end ID, /devices end others or /devices end push.";

function list({ context, member }: Invocation, account: AccountRecord): void {
  const { addresses, steady } = context.server;
  const own = context.asker.id ?? 0;
  const keys = keyLines(account, context.asker.fingerprint);
  const sessions = addresses.devicesOf(member).map((device) => deviceWords(device, own, steady()));
  const notified = pushWords(account.push, "/devices end push");
  context.draw([...keys, ...sessions, ...(notified === undefined ? [] : [notified])].map((line) => `${line}.`));
}

/** Shows the code that adds another device. */
function add(context: CommandContext, account: AccountRecord, name: string): void {
  const called = name === "" ? undefined : [...name].slice(0, NAME).join("");
  context.say(codeWords(account.name, context.server.accounts.offerLink(account, called)));
}

function remove(context: CommandContext, account: AccountRecord, number: string): void {
  if (!/^\d{1,9}$/.test(number)) return context.deny("bad-value", USAGE);
  const fingerprint = certificatesOf(account)[Number(number) - 1];
  if (fingerprint === undefined) return refuseAccount(context, { why: "key-unknown", number: Number(number) });
  context.act({ type: "change-certificate", on: false, fingerprint, isShown: false }, (outcome) => {
    if (outcome === "happened") context.say(`${keyRemovedWords(fingerprint)}.`);
  });
}

function end({ context, member }: Invocation, which: string): void {
  if (which === "push") return endPush(context);
  const named = sessionNamed(which);
  if (named === undefined && which !== "others") return context.deny("bad-value", USAGE);
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
export function refuseAccount(context: CommandContext, refusal: AccountRefusal): void {
  context.deny(refusal.why, `${accountWords(refusal)}.`);
}

/**
 * Logs the session in, by password or by `key`, requests the account's nick, and then goes back to its rooms; or answers
 * the refusal.
 */
export function logIn(context: CommandContext, outcome: AccountOutcome, key?: string): void {
  if ("refusal" in outcome) return refuseAccount(context, outcome.refusal);
  const { id, name, hash } = outcome.account;
  context.act({ type: "identify", account: { id, name, hash, key } }, () => {
    if (context.view.self !== fold(name)) context.rename(name);
    context.restoreRooms();
  });
}
