import { type Folded, fold } from "../../text/fold.ts";
import { skeleton } from "../../text/skeleton.ts";
import { type AccountRecord, type PushSubscription, verifiedAccount } from "../model/account.ts";
import type {
  AddAccountAct,
  ChangePasswordAct,
  EndPushAct,
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
import { keyNote } from "./keys.ts";
import { loggedOut } from "./sessions.ts";
import { endingTokens } from "./tokens.ts";

/**
 * Making, changing and removing accounts. `Accounts` has authenticated the owner and hashed the password before it submits
 * these acts. That takes time, so everything else is checked here, against the present state.
 */

/** The new account takes over the metadata of the guest who makes it, and may have the key that it uses. */
export function checkRegister(state: State, by: Member | undefined, { account }: RegisterAct): CheckResult {
  const bar = registrationBar(state, by, account.name);
  if (bar) return refused(bar);
  const [key] = account.fingerprints;
  if (key !== undefined && state.store.accountsWith(key).length > 0) return refused({ why: "key-taken" });
  const metadata = by && recordOf(by.metadata);
  const keys = key === undefined ? {} : { keys: [keyNote(state, key)] };
  return accepted({ type: "account-made", account: { ...account, ...keys, ...(metadata ? { metadata } : {}) } });
}

/** Why an account of this name cannot be made now. */
export function registrationBar(state: State, by: Member | undefined, name: string): AccountRefusal | undefined {
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
