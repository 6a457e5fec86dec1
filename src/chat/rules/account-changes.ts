import { type Folded, fold } from "../../text/fold.ts";
import { skeleton } from "../../text/skeleton.ts";
import {
  type AccountRecord,
  certificatesOf,
  type KeyNote,
  type Login,
  type PushSubscription,
  verifiedAccount,
} from "../model/account.ts";
import type {
  AddAccountAct,
  ChangeCertificateAct,
  ChangePasswordAct,
  EndPushAct,
  LinkKeyAct,
  RegisterAct,
  RemoveAccountAct,
  SetAutojoinAct,
  SetIgnoredAct,
  SetPasswordAct,
  SetPushAct,
} from "../model/act.ts";
import type { EventOf, NewEvent } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { recordOf } from "../model/metadata.ts";
import { isNick, isServerNick } from "../model/names.ts";
import {
  type AccountRefusal,
  accepted,
  type CheckResult,
  NOT_LOGGED_IN,
  NOT_STORED,
  NOTHING,
  refused,
} from "../model/refusal.ts";
import { type Session, tellEach } from "../model/session.ts";
import { accountOf, type State } from "../model/state.ts";
import { ending, loggedOut } from "./sessions.ts";
import { endingTokens } from "./tokens.ts";

/**
 * Making, changing and removing accounts. `Accounts` has authenticated the owner and hashed the password before it submits
 * these acts. That takes time, so everything else is checked here, against the present state.
 */

/** The new account takes over the metadata of the guest who makes it, and may have the key that it uses. */
export function checkRegister(state: State, by: Member | undefined, { account }: RegisterAct): CheckResult {
  const refusal = registrationRefusal(state, by, account.name);
  if (refusal) return refused(refusal);
  const [key] = account.fingerprints;
  if (key !== undefined && state.store.accountsWith(key).length > 0) return refused({ why: "key-taken" });
  const metadata = by && recordOf(by.metadata);
  const keys = key === undefined ? {} : { keys: [keyNote(state, key)] };
  return accepted({ type: "account-made", account: { ...account, ...keys, ...(metadata ? { metadata } : {}) } });
}

/** Why an account of this name cannot be made now. */
export function registrationRefusal(state: State, by: Member | undefined, name: string): AccountRefusal | undefined {
  if (!state.rules.registration) return { why: "registration-off" };
  if (by?.who.account) return { why: "logged-in", account: by.who.account.name };
  if (!isNick(name, state.limits.nickLength) || isServerNick(name)) return { why: "account-name-bad", name };
  const [like] = state.store.accountsLike(skeleton(name));
  if (like !== undefined) return { why: "account-exists", name: like };
  if (state.memberConfusables.of(name).some((other) => other !== by)) return { why: "nick-in-use", name };
  return state.isDown ? NOT_STORED : undefined;
}

export function checkChangePassword(state: State, session: Session, act: ChangePasswordAct): CheckResult {
  const before = accountOf(state, session.member);
  if (!before || before.id !== act.account) return refused(NOT_LOGGED_IN);
  if (state.isDown) return refused(NOT_STORED);
  return { events: changingPassword(state, withPassword(before, act), session) };
}

/** The operator may take any name, whether people may register or not. */
export function checkAddAccount({ store }: State, { account }: AddAccountAct): CheckResult {
  if (store.loadAccount(fold(account.name)) || store.account(account.id)) return NOTHING;
  return accepted({ type: "account-made", account });
}

export function checkSetPassword(state: State, act: SetPasswordAct): CheckResult {
  const before = state.store.account(act.account);
  return before ? { events: changingPassword(state, withPassword(before, act)) } : NOTHING;
}

/** An account with another password. */
export function withPassword(
  before: AccountRecord,
  { secret: { hash, scram }, keepsCertificates }: Pick<ChangePasswordAct, "secret" | "keepsCertificates">,
): AccountRecord {
  const { fingerprints, named, keys, push } = keepsCertificates ? before : NOTHING_ELSE;
  return { ...before, hash, scram, fingerprints, named, keys, push };
}

/** The accesses that a new password takes away besides sessions, unless the owner keeps them. */
const NOTHING_ELSE = { fingerprints: [], named: undefined, keys: undefined, push: undefined } as const;

/** Changes the password, ends the tokens, and logs out all other sessions. */
function* changingPassword(state: State, account: AccountRecord, except?: Session): Generator<NewEvent, void> {
  yield { type: "account-changed", what: "password", account };
  const { id, name } = account;
  yield* endingTokens(state, id);
  yield* loggedOut(state, { account: { id, name }, why: "password-changed" }, except);
}

export function checkSetIgnored(state: State, by: Member, { nicks }: SetIgnoredAct): CheckResult {
  const account = accountOf(state, by);
  if (!account || nicks.join() === (account.ignored ?? []).join()) return NOTHING;
  return accepted({ type: "account-changed", what: "ignored", account: { ...account, ignored: nicks } });
}

export function checkSetAutojoin(state: State, by: Member, { on }: SetAutojoinAct): CheckResult {
  const account = accountOf(state, by);
  if (!account) return refused(NOT_LOGGED_IN);
  if (on === (account.autojoin ?? false)) return NOTHING;
  if (state.isDown) return refused(NOT_STORED);
  return accepted({ type: "account-changed", what: "autojoin", account: { ...account, autojoin: on } });
}

/** A subscription replaces the one with the same endpoint. Removing one that does not exist changes nothing. */
export function checkSetPush(state: State, by: Member, { endpoint, subscription }: SetPushAct): CheckResult {
  const account = accountOf(state, by);
  if (!account) return subscription ? refused({ why: "push-guest" }) : NOTHING;
  const { push = [] } = account;
  const others = endpoint === undefined ? [] : push.filter((each) => each.endpoint !== endpoint);
  if (!subscription && others.length === push.length) return NOTHING;
  const limit = state.limits.pushSubscriptions;
  if (subscription && limit > 0 && others.length >= limit) return refused({ why: "push-full", limit });
  if (state.isDown) return refused({ why: "not-stored", what: "subscription" });
  return accepted(withPush(account, subscription ? [...others, subscription] : others));
}

/** The push service knows the subscription no longer. */
export function checkEndPush(state: State, { account: id, endpoint }: EndPushAct): CheckResult {
  const account = state.store.account(id);
  const others = account?.push?.filter((each) => each.endpoint !== endpoint);
  if (!account || !others || others.length === account.push?.length) return NOTHING;
  return accepted(withPush(account, others));
}

function withPush(account: AccountRecord, push: readonly PushSubscription[]): NewEvent {
  return { type: "account-changed", what: "push", account: { ...account, push: push.length > 0 ? push : undefined } };
}

/** The nicks that a member's account ignores. */
export function ignoredBy(state: State, member: Member): readonly Folded[] {
  return accountOf(state, member)?.ignored ?? [];
}

export function checkRemoveAccount(state: State, by: Member, act: RemoveAccountAct): CheckResult {
  const account = verifiedAccount(state.store, act.account);
  if (!account || by.who.account?.id !== account.id) return refused(NOT_LOGGED_IN);
  if (state.isDown) return refused(NOT_STORED);
  return { events: loggedOut(state, { account, why: "account-removed" }) };
}

export function applyAccountMade(state: State, { account, time }: EventOf<"account-made">): void {
  state.store.saveAccount({ ...account, created: time });
}

export function applyAccountChanged(state: State, event: EventOf<"account-changed">): void {
  state.store.saveAccount(event.account);
  if (event.what !== "ignored") return;
  for (const member of state.membersOf(event.account)) tellEach(member.sessions, event);
}

/** The keys of accounts: TLS client certificates and SSH keys. The server knows which key a connection has proved to hold. */

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
function keyNote({ now }: State, fingerprint: string, name?: string): KeyNote {
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
