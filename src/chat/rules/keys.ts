import { type AccountRecord, certificatesOf, type KeyNote, type Login } from "../model/account.ts";
import type { ChangeCertificateAct, LinkKeyAct } from "../model/act.ts";
import type { EventOf, NewEvent } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { accepted, type CheckResult, NOT_LOGGED_IN, NOT_STORED, refused } from "../model/refusal.ts";
import { type Session, tellEach } from "../model/session.ts";
import { accountOf, type State } from "../model/state.ts";
import { ending } from "./sessions.ts";

/** The keys of accounts: TLS client certificates and SSH keys. Faces know which key a connection has proved to hold. */

const CERTIFICATES = 16; // per account, SSH keys included
const USED = 3_600_000; // ms: the last use of a key is stored to the hour

/**
 * A certificate whose key the session holds logs in by itself, so no other account may have it. Any other certificate
 * logs in only together with the account's name, so several accounts may have it.
 */
export function checkChangeCertificate(state: State, session: Session, act: ChangeCertificateAct): CheckResult {
  const { on, fingerprint, isShown } = act;
  const account = accountOf(state, session.member);
  if (!account) return refused(NOT_LOGGED_IN);
  const has = certificatesOf(account).includes(fingerprint);
  const isTaken = isShown ? state.store.accountsWith(fingerprint).length > 0 : has;
  if (on && isTaken) return refused({ why: "certificate-taken" });
  if (!on && !has) return refused({ why: "certificate-unknown" });
  if (state.isDown) return refused(NOT_STORED);
  if (!on) return removingKey(state, session, account, fingerprint);
  if (isShown) return addingKey(account, keyNote(state, fingerprint));
  const { named = [] } = account;
  return checkKeyCount({ ...account, named: [...named, fingerprint] });
}

/** The session has said the code of the account's owner, and shows the key. */
export function checkLinkKey(state: State, by: Member, act: LinkKeyAct): CheckResult {
  const account = state.store.account(act.account);
  if (!account) return refused({ why: "code-wrong" });
  if (by.who.account) return refused({ why: "logged-in", account: by.who.account.name });
  if (state.store.accountsWith(act.fingerprint).length > 0) return refused({ why: "key-taken" });
  if (state.isDown) return refused(NOT_STORED);
  const { events, ...result } = addingKey(account, keyNote(state, act.fingerprint, act.name));
  if (!events) return result;
  const { id, name } = account;
  const linked = { type: "key-linked", account: { id, name }, fingerprint: act.fingerprint, who: by.who } as const;
  return { events: [...events, linked] };
}

function addingKey(account: AccountRecord, note: KeyNote): CheckResult {
  const { fingerprints, named = [], keys = [] } = account;
  return checkKeyCount({
    ...account,
    fingerprints: [...fingerprints, note.fingerprint],
    named: without(named, note.fingerprint),
    keys: [...keys, note],
  });
}

function checkKeyCount(account: AccountRecord): CheckResult {
  if (certificatesOf(account).length > CERTIFICATES)
    return refused({ why: "too-many-certificates", most: CERTIFICATES });
  return accepted({ type: "account-changed", what: "certificates", account });
}

/** The note of a key that is added now. */
export function keyNote({ now }: State, fingerprint: string, name?: string): KeyNote {
  return { fingerprint, ...(name === undefined ? {} : { name }), added: now, used: now };
}

/** Removes a key, unless nothing else would log in to the account. */
function removingKey(state: State, by: Session, account: AccountRecord, fingerprint: string): CheckResult {
  const { hash, fingerprints, named = [], keys } = account;
  const left = {
    ...account,
    fingerprints: without(fingerprints, fingerprint),
    named: without(named, fingerprint),
    keys: keys?.filter((note) => note.fingerprint !== fingerprint),
  };
  if (hash === undefined && certificatesOf(left).length === 0) return refused({ why: "last-key" });
  return { events: keyRemoved(state, by, left, fingerprint) };
}

/** The other sessions that show the key end. */
function* keyRemoved(
  state: State,
  by: Session,
  account: AccountRecord,
  fingerprint: string,
): Generator<NewEvent, void> {
  yield { type: "account-changed", what: "certificates", account };
  for (const member of state.membersOf(account))
    for (const session of [...member.sessions])
      if (session !== by && session.fingerprint === fingerprint) yield* ending(member, session.id);
}

/** Follows the events of a login by notes of the use of its key, if that is news. */
export function withKeyUse(state: State, login: Login | undefined, result: CheckResult): CheckResult {
  if (login?.key === undefined || !result.events) return result;
  return { ...result, events: followedByUse(state, login, result.events) };
}

function* followedByUse(state: State, login: Login, events: Iterable<NewEvent>): Generator<NewEvent, void> {
  yield* events;
  const account = state.store.account(login.id);
  const { now, isDown } = state;
  const isNews = account?.keys?.some(({ fingerprint, used }) => fingerprint === login.key && now - used >= USED);
  if (!account || !isNews || isDown) return;
  const keys = account.keys?.map((note) => (note.fingerprint === login.key ? { ...note, used: now } : note));
  yield { type: "account-changed", what: "certificates", account: { ...account, keys } };
}

/** Tells the sessions of the account that another device has been added. */
export function applyKeyLinked(state: State, event: EventOf<"key-linked">): void {
  for (const member of state.membersOf(event.account)) tellEach(member.sessions, event);
}

function without(fingerprints: readonly string[], removed: string): readonly string[] {
  return fingerprints.filter((each) => each !== removed);
}
