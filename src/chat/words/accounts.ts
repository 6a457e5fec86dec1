import { dateOf, lengthOf } from "../../text/time.ts";
import type { Accounts, PasswordChange } from "../accounts.ts";
import { CODE_MINUTES } from "../link-codes.ts";
import {
  type Account,
  type AccountRecord,
  certificatesOf,
  keyKind,
  type Logout,
  type PushSubscription,
} from "../model/account.ts";
import type { KeyLinked, NickReclaimed, SessionEnded } from "../model/event.ts";
import type { AccountRefusal } from "../model/refusal.ts";
import { type Device, type Session, sessionName } from "../model/session.ts";

// The sentences about accounts and their keys, the same in every protocol; without a full stop unless a comment says otherwise.

/** Why a registration, a login or a change of an account fails, and what would work. */
export function accountWords(refusal: AccountRefusal): string {
  switch (refusal.why) {
    case "registration-off":
      return "This server makes no accounts; ask its operator for one";
    case "logged-in":
      return `You are logged in as ${refusal.account} already`;
    case "not-logged-in":
      return "Log in first: only the owner of an account can do that";
    case "nick-in-use":
      return "That nick is in use by someone else";
    case "account-exists":
      return `${refusal.name} is registered already: log in if it is yours, or take another nick first`;
    case "account-name-bad":
      return `${refusal.name} cannot be an account; take another nick first`;
    case "email-missing":
      return refusal.given === ""
        ? "An e-mail address has to be given: with nc and NickServ it stands behind the password"
        : `"${refusal.given}" is no e-mail address`;
    case "password-bad":
      return `A password has at least ${counted(refusal.least, "character")} and at most ${refusal.most} bytes`;
    case "credentials-wrong":
      return "That is not the account's password, or there is no such account";
    case "too-many-tries":
      return `That was tried too often; try again in ${counted(refusal.seconds, "second")}`;
    case "too-many-registrations":
      return `Your address has made ${counted(refusal.most, "account")} in a day, and that is the most; try again in ${lengthOf(refusal.seconds * 1000)}`;
    case "certificate-taken":
      return "That certificate logs in to an account already";
    case "certificate-unknown":
      return "That certificate does not log in to your account";
    case "too-many-certificates":
      return `At most ${refusal.most} certificates log in to an account`;
    case "key-missing":
      return "No key is in use here: ssh has one, and tcpchat client over TLS; without one, a password does: /register PASSWORD, /login NICK PASSWORD";
    case "key-taken":
      return "The key in use here logs in to an account already";
    case "key-unknown":
      return `Your account has no key ${refusal.number}`;
    case "last-key":
      return "Nothing else logs in to your account: give it a password first, or add another device";
    case "name-missing":
      return `${refusal.account} has no password: its name in place of that, /drop ${refusal.account}, removes it for good`;
    case "code-wrong":
      return "That is not the code of a device of that account, or it has ended: /devices add there shows a new one";
    case "accounts-not-stored":
      return "Nothing can be stored at present; try again later";
  }
}

/** Confirms a new password and its consequences, to the owner, whose session stays, or to the operator; with full stops. */
export function passwordWords({ account, password, keepsCertificates }: PasswordChange, isOwner: boolean): string {
  const sessions = isOwner ? "Its other sessions are logged out." : "All its sessions are logged out.";
  const prints = certificatesOf(account);
  const count = prints.length;
  // A certificate is a key too, but the word of IRC's clients.
  const word = prints.every(isCertificate) ? "certificate" : "key";
  const [which, isSingle] = count === 1 ? [`Its ${word}`, true] : [`Its ${count} ${word}s`, false];
  const certificates = keepsCertificates
    ? ` ${which} still ${isSingle ? "logs" : "log"} in to it.`
    : ` ${which} ${isSingle ? "was" : "were"} removed; --keep-certificates would have kept ${isSingle ? "it" : "them"}.`;
  return `${account.name} has a new password.${passwordRemarks(password)} ${sessions}${count > 0 ? certificates : ""}`;
}

const SHORT = 8; // characters (NIST SP 800-63B, 5.1.1.1)

/** Remarks on an accepted password: up to two sentences, each with a blank before it and a full stop; "" if none. */
export function passwordRemarks(password: string): string {
  const { length } = [...password];
  const blanks = password.includes(" ")
    ? ` The password has ${length} ${length === 1 ? "character" : "characters"}, with its blanks.`
    : "";
  const short = length < SHORT ? ` The password is short: ${SHORT} characters or more are harder to guess.` : "";
  return blanks + short;
}

/** Confirms the removal of an account to its owner. */
export function droppedWords(account: string): string {
  return `${account} is no longer an account: anyone can use the nick, and its messages stay`;
}

/** Says why an account was logged out. */
export function logoutWords({ account, why }: Logout): string {
  switch (why) {
    case "account-removed":
      return `The account ${account.name} was removed`;
    case "password-changed":
      return `The account ${account.name} has another password now`;
  }
}

/** Tells the holder of a registered nick that its owner has taken it back. */
export function nickReclaimedWords({ who, nick }: Pick<NickReclaimed, "who" | "nick">): string {
  return `${who.nick} is registered, and its owner has taken it back: you are ${nick} from now on`;
}

/** Confirms to the owner that its nick is free. */
export function reclaimerWords({ who, nick }: Pick<NickReclaimed, "who" | "nick">): string {
  return `${who.nick} is free: its holder is now called ${nick}`;
}

/** Confirms to the owner that a session has ended. */
export function endedWords({ session }: Pick<SessionEnded, "session">): string {
  return `Session ${sessionName(session)} is ended`;
}

/** A line of the owner's list of sessions. */
export function deviceWords({ id, connection }: Device, own: number, now: number): string {
  const called = sessionName(id);
  if (!connection) return `${called}: on another server of this chat`;
  const { name, protocol, isSecure, address, since, heard } = connection;
  const from = `${name === undefined ? "" : `${name}, `}${protocol}${isSecure ? " over TLS" : ""} from ${address}`;
  const idle = `since ${dateOf(since)}, idle for ${lengthOf(now - heard)}`;
  return `${called}: ${from}, ${idle}${id === own ? " (this one)" : ""}`;
}

/** Where an account's notifications go, without the full stop; `end` stops that. `undefined` without any. */
export function pushWords(push: readonly PushSubscription[] | undefined, end: string): string | undefined {
  if (push === undefined) return undefined;
  const hosts = new Set(push.map(({ endpoint }) => new URL(endpoint).host));
  return `Notifications go to ${[...hosts].join(", ")}; ${end} stops them`;
}

/** The answer to stopping notifications. */
export const PUSH_ENDED = "No notifications are sent any more.";
export const NO_PUSH = "Nothing to do: no notifications are sent.";

/** `1 room`, `2 rooms`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** The session that asks about certificates: its account, and the fingerprint of its own client certificate. */
interface CertificateOwner {
  readonly account: Account | undefined;
  readonly shown: string | undefined;
  readonly session: Session;
}

/** Runs `LIST`, `ADD [fingerprint]` or `DEL [fingerprint]` on an account's certificates; `answer` gets whole sentences. */
export function aboutCertificates(
  accounts: Accounts,
  { account: own, shown: key, session }: CertificateOwner,
  [verb = "LIST", word]: readonly string[],
  answer: (lines: readonly string[]) => void,
): void {
  const account = own && accounts.withId(own.id);
  if (!account) return answer([`${accountWords({ why: "not-logged-in" })}.`]);
  const shown = key !== undefined && keyKind(key) === "TLS" ? key : undefined;
  if (/^list$/i.test(verb)) return answer(listed(account, shown));
  const on = /^add$/i.test(verb);
  if (!on && !/^del$/i.test(verb)) return answer(["That is LIST, ADD [fingerprint] or DEL [fingerprint]."]);
  const fingerprint = word === undefined ? shown : parseFingerprint(word);
  if (fingerprint === undefined) return answer([word === undefined ? NOT_SHOWN : NO_FINGERPRINT]);
  const isShown = fingerprint === shown;
  accounts.changeCertificate(session, { on, fingerprint, isShown }, (refusal) => {
    const logsIn = `${on ? "logs" : "no longer logs"} in to ${account.name} by SASL EXTERNAL`;
    const words = `${fingerprint} ${logsIn}${on && !isShown ? NAMED : ""}`;
    answer([`${refusal ? accountWords(refusal) : words}.`]);
  });
}

function listed(account: AccountRecord, shown: string | undefined): readonly string[] {
  const { name } = account;
  const count = certificatesOf(account).filter(isCertificate).length;
  return [
    ...account.fingerprints
      .filter(isCertificate)
      .map((kept) => (kept === shown ? `${kept} (you have shown it)` : kept)),
    ...(account.named ?? []).map((kept) => `${kept} (with the name ${name})`),
    `${count === 1 ? "1 certificate logs" : `${count} certificates log`} in to ${name} by SASL EXTERNAL.`,
  ];
}

function isCertificate(fingerprint: string): boolean {
  return keyKind(fingerprint) === "TLS";
}

/** Parses a fingerprint, with or without colons, in any case. */
function parseFingerprint(word: string): string | undefined {
  const hex = word.replaceAll(":", "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? hex : undefined;
}

const NAMED =
  ", if the client gives the account's name; a certificate that is added over a connection using it needs no name";
const NOT_SHOWN = "You have shown no certificate: connect over TLS with one, or say its SHA-256 fingerprint.";
const NO_FINGERPRINT = "A fingerprint is SHA-256, in 64 hexadecimal digits.";

/** The answer to a command about coming back at login: a sentence without a full stop, a refusal, or the wanted setting. */
export type AutojoinAnswer =
  | { readonly words: string }
  | { readonly refusal: AccountRefusal }
  | { readonly on: boolean };

/** Parses `on` or `off`; without a value, tells the setting of the account. */
export function aboutAutojoin(account: AccountRecord | undefined, value: string): AutojoinAnswer {
  if (!account) return { refusal: { why: "not-logged-in" } };
  const wanted = value.toLowerCase();
  if (wanted === "on" || wanted === "off") return { on: wanted === "on" };
  return { words: wanted === "" ? autojoinWords(account.autojoin ?? false) : "That is AUTOJOIN ON or AUTOJOIN OFF" };
}

/** Tells which clients come back into the rooms of an account at login. */
export function autojoinWords(on: boolean): string {
  return on
    ? "Every client that logs in to your account is back in your rooms"
    : "Only clients that ask for it are back in your rooms when they log in";
}

/** Confirms a registration by key, and tells what a lost key costs; with full stops. */
export function keyRegisteredWords(name: string, fingerprint: string): string {
  const key = `the ${keyKind(fingerprint)} key of this device`;
  return `${name} is registered, and yours: ${key} logs in to it. ${LOST}`;
}

const LOST =
  "If the key is lost, only another device of yours (/devices add) or the operator of this server (tcpchat account passwd) lets you back in; /passwd PASSWORD sets a password.";

/** Tells the sessions of an account that a device has been added. */
export function keyLinkedWords({
  account,
  fingerprint,
  who,
}: Pick<KeyLinked, "account" | "fingerprint" | "who">): string {
  const key = `${keyKind(fingerprint)} key ${fingerprint}, of ${who.nick} from ${who.host}`;
  return `A device was added to ${account.name}: ${key}; if that was not you: /devices, and /devices remove NUMBER`;
}

/** The keys of an account as lines, numbered from 1 in the order of `certificatesOf`; `shown` is the key of the session that asks. */
export function keyLines(account: AccountRecord, shown: string | undefined): readonly string[] {
  return certificatesOf(account).map((fingerprint, at) => {
    const note = account.keys?.find((each) => each.fingerprint === fingerprint);
    const name = note?.name === undefined ? "" : `, ${note.name}`;
    const times = note ? `, added ${dateOf(note.added)}, last used ${dateOf(note.used)}` : "";
    const isNamed = account.named?.includes(fingerprint) === true;
    const only = isNamed ? `, with the name ${account.name}` : "";
    const own = fingerprint === shown ? " (this device)" : "";
    return `Key ${at + 1}: ${keyKind(fingerprint)} ${fingerprint}${name}${only}${times}${own}`;
  });
}

/** Shows the code by which another device is added. It is alone at the end, so that it can be copied. */
export function codeWords(account: string, code: string): string {
  const where = `over ssh or in tcpchat client, within ${CODE_MINUTES} minutes`;
  return `The code works once. Nobody else may see it: it gives the whole account. On the other device, ${where}: /link ${account} ${code}`;
}

/** Confirms that a key no longer logs in. */
export function keyRemovedWords(fingerprint: string): string {
  return `${keyKind(fingerprint)} key ${fingerprint} no longer logs in, and the other sessions that used it are ended`;
}

/** Tells a session that its key has logged it in. */
export function keyLoginWords(account: string, fingerprint: string): string {
  return `The ${keyKind(fingerprint)} key of this device has logged you in to ${account}`;
}

/** Confirms to a device that it was added. */
export function linkedWords(account: string): string {
  return `This device belongs to ${account} now: its key logs in automatically`;
}

/** Refuses a login by key. */
export function keyRefusedWords(fingerprint: string): string {
  return `The ${keyKind(fingerprint)} key of this device does not log in to that account`;
}
