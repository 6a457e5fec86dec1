import { dateOf } from "../../text/time.ts";
import { CODE_MINUTES } from "../link-codes.ts";
import { type AccountRecord, certificatesOf, keyKind } from "../model/account.ts";
import type { KeyLinked } from "../model/event.ts";

// The sentences about the keys of accounts, the same in every face; without a full stop unless a comment says otherwise.

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
  return `This device belongs to ${account} now: its key logs in by itself`;
}

/** Refuses a login by key. */
export function keyRefusedWords(fingerprint: string): string {
  return `The ${keyKind(fingerprint)} key of this device does not log in to that account`;
}
