import { fold } from "../../text/fold.ts";
import { type Account, isSameAccount } from "../model/account.ts";
import type { ClearMetadataAct, SetMetadataAct } from "../model/act.ts";
import { type EventOf, type Identity, type NewEvent, SERVER } from "../model/event.ts";
import { Member } from "../model/member.ts";
import {
  differences,
  isChange,
  isMetadataKey,
  type Metadata,
  type MetadataChange,
  metadataOf,
  metadataRefusal,
  NO_METADATA,
  recordOf,
  withChange,
} from "../model/metadata.ts";
import { ROOM_SIGN } from "../model/names.ts";
import { accepted, type CheckResult, NOTHING, type Refusal, refused } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import { neighboursOf, sessionsIn, tellAlso } from "../model/session.ts";
import type { State } from "../model/state.ts";
import { mayModerate, permittedAudienceOf } from "./modes.ts";
import { saveRoom } from "./room-persistence.ts";

/**
 * The metadata of members and rooms. An account's metadata is stored with the account, and all its members have it; a
 * room's is stored if the room outlives its members; a guest's ends with the guest. Everyone may see a member's
 * metadata, and only those in a room (and server operators) the room's.
 */

/** A target, its name at present, and its metadata. */
export interface MetadataView {
  readonly target: Member | Room;
  readonly name: string;
  readonly metadata: Metadata;
}

/** A target's metadata, if the viewer may see it; without a target, the viewer's own. */
export function metadataFor(state: State, viewer: Member, target: string | undefined): MetadataView | Refusal {
  const found = targetOf(state, viewer, target);
  if (!found) return { why: "metadata-target-bad", target: target ?? viewer.nick };
  if (!(found instanceof Member) && !viewer.rooms.has(found) && !viewer.userModes.has("operator"))
    return { why: "metadata-forbidden", target: found.name, key: "*" };
  return { target: found, name: nameOf(found), metadata: found.metadata };
}

function targetOf(state: State, viewer: Member, target: string | undefined): Member | Room | undefined {
  if (target === undefined) return viewer;
  return target.startsWith(ROOM_SIGN) ? state.roomFor(viewer, target) : state.member(target);
}

function nameOf(target: Member | Room): string {
  return target instanceof Member ? target.nick : target.name;
}

/** A member's metadata may be changed by the member's account and by server operators, a room's by its operators too. */
function mayChange(by: Member, target: Member | Room): boolean {
  if (by.userModes.has("operator")) return true;
  return target instanceof Member ? isOwn(by, target) : mayModerate(by, target);
}

function isOwn(by: Member, target: Member | Room): boolean {
  return target === by || (target instanceof Member && isSameAccount(target.who.account, by.who.account));
}

export function checkSetMetadata(state: State, by: Member, act: SetMetadataAct): CheckResult {
  const { key, value } = act;
  const target = targetOf(state, by, act.target);
  if (!target) return refused({ why: "metadata-target-bad", target: act.target ?? by.nick });
  const name = nameOf(target);
  if (!isMetadataKey(key)) return refused({ why: "metadata-key-bad", key });
  if (!mayChange(by, target)) return refused({ why: "metadata-forbidden", target: name, key });
  const refusal = metadataRefusal(act) ?? tooManyKeys(state, target, act);
  if (refusal) return refused(refusal);
  if (!isChange(target.metadata, act)) return NOTHING;
  const often = isOwn(by, target) && tooOften(state, by, key);
  if (often) return refused(often);
  const next = withChange(target.metadata, act);
  return changing(state, target, next, (of) => ({ type: "metadata-changed", by: by.who, ...of, key, value }));
}

export function checkClearMetadata(state: State, by: Member, act: ClearMetadataAct): CheckResult {
  const target = targetOf(state, by, act.target);
  if (!target) return refused({ why: "metadata-target-bad", target: act.target ?? by.nick });
  if (!mayChange(by, target)) return refused({ why: "metadata-forbidden", target: nameOf(target), key: "*" });
  const keys = [...target.metadata.keys()];
  if (keys.length === 0) return NOTHING;
  const often = isOwn(by, target) && tooOften(state, by, "*");
  if (often) return refused(often);
  return changing(state, target, NO_METADATA, (of) => ({ type: "metadata-cleared", by: by.who, ...of, keys }));
}

/** Why there cannot be one more key. */
function tooManyKeys({ limits }: State, target: Member | Room, { key, value }: MetadataChange): Refusal | undefined {
  const { metadataKeys: limit } = limits;
  const isNew = value !== undefined && !target.metadata.has(key);
  if (!isNew || limit === 0 || target.metadata.size < limit) return undefined;
  return { why: "metadata-full", target: nameOf(target), limit };
}

function tooOften(state: State, by: Member, key: string): Refusal | undefined {
  const wait = state.metadataChanges.wait(counterOf(by.who));
  return wait > 0 ? { why: "metadata-often", target: by.nick, key, seconds: Math.ceil(wait / 1000) } : undefined;
}

/** Changes are counted by account; those of guests by nick and host. */
function counterOf({ account, nick, host }: Identity): string {
  return account ? account.id : `${fold(nick)}@${host}`;
}

/** The owner of the metadata that a change is about. */
type Of = Pick<EventOf<"metadata-changed">, "target" | "inRoom">;

function changing(state: State, target: Member | Room, next: Metadata, event: (of: Of) => NewEvent): CheckResult {
  if (!(target instanceof Member)) return accepted(event({ target: target.name, inRoom: true }));
  return { events: changingPerson(state, target, next, event) };
}

/** All members of an account have its metadata. */
function* changingPerson(
  state: State,
  target: Member,
  next: Metadata,
  event: (of: Of) => NewEvent,
): Generator<NewEvent, void> {
  const { account } = target.who;
  if (account) yield* keeping(state, account, next);
  yield event({ target: target.nick, inRoom: false });
  if (!account) return;
  for (const other of state.membersOf(account))
    if (other !== target) yield { ...event({ target: other.nick, inRoom: false }), origin: SERVER };
}

function* keeping({ store }: State, { id }: Account, next: Metadata): Generator<NewEvent, void> {
  const account = store.account(id);
  if (account) yield { type: "account-changed", what: "metadata", account: { ...account, metadata: recordOf(next) } };
}

/** The metadata with which a newcomer enters: its account's, with the changes that it brings along. */
export function metadataOnEntry(
  state: State,
  account: Account | undefined,
  changes: readonly MetadataChange[],
): { readonly metadata: Metadata; readonly refusals: readonly Refusal[] } {
  const refusals: Refusal[] = [];
  const { metadataKeys: limit } = state.limits;
  let metadata = accountMetadata(state, account);
  for (const change of changes) {
    const next = withChange(metadata, change);
    const refusal = metadataRefusal(change);
    if (refusal) refusals.push(refusal);
    else if (limit > 0 && next.size > Math.max(limit, metadata.size))
      refusals.push({ why: "metadata-full", target: "*", limit });
    else metadata = next;
  }
  return { metadata, refusals };
}

function accountMetadata({ store }: State, account: Account | undefined): Metadata {
  return metadataOf(account && store.account(account.id)?.metadata);
}

/** Gives an account, and its members who are online, the metadata with which a newcomer of the account enters. */
export function* sharingMetadata(
  state: State,
  account: Account | undefined,
  metadata: Metadata,
): Generator<NewEvent, void> {
  if (!account) return;
  const before = accountMetadata(state, account);
  if ([...differences(before, metadata)].length === 0) return;
  yield* keeping(state, account, metadata);
  for (const member of state.membersOf(account)) yield* becoming(member, metadata);
}

/** A member that has logged in or out gets its account's metadata in place of its own. */
export function* adoptingMetadata(state: State, member: Member): Generator<NewEvent, void> {
  yield* becoming(member, accountMetadata(state, member.who.account));
}

function* becoming(member: Member, metadata: Metadata): Generator<NewEvent, void> {
  for (const change of differences(member.metadata, metadata)) {
    const of = { target: member.nick, inRoom: false, by: undefined };
    yield { type: "metadata-changed", ...of, ...change, origin: SERVER };
  }
}

export function applyMetadata(state: State, event: EventOf<"metadata-changed" | "metadata-cleared">): void {
  const { target, inRoom, by } = event;
  const of = inRoom ? state.room(target) : state.member(target);
  if (!of) return;
  of.metadata = event.type === "metadata-cleared" ? NO_METADATA : withChange(of.metadata, event);
  if (!(of instanceof Member)) {
    saveRoom(state, of);
    return tellAlso(state, sessionsIn(of), event);
  }
  if (by && fold(by.nick) === fold(target)) state.metadataChanges.add(counterOf(by));
  // A removal says nothing of one's own.
  const hasWords = event.type === "metadata-changed" && event.value !== undefined;
  const concerned = hasWords ? permittedAudienceOf(of) : neighboursOf(of);
  for (const session of state.watchers.get(fold(of.nick)) ?? [])
    if (!concerned.has(session)) session.watchedChanged?.(event);
  tellAlso(state, concerned, event);
}
