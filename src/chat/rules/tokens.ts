import type { AccountId } from "../model/account.ts";
import type { AddTokenAct, PostAct, RemoveTokenAct } from "../model/act.ts";
import type { EventOf, Identity, NewEvent } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { accepted, type CheckResult, NOTHING, type Refusal, refused } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import { tellRoom } from "../model/session.ts";
import type { State } from "../model/state.ts";
import { roomIdOf, type TokenKind, type TokenOwner, type TokenRecord } from "../model/token.ts";
import { checkRepeat, checkText } from "./messages.ts";
import { mayModerate, moderationRefusal } from "./modes.ts";

/**
 * Tokens: secrets of 256 bits that log in to an account, post into a room, or let into one. They are kept as hashes. A
 * login token ends with its account and with a new password; a room's with the room, and with the rank of its maker.
 */

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,19}$/;

/** Whether tokens of a kind are webhooks, which need an account: they end with its rank in the room. */
function isHook(kind: TokenKind): boolean {
  return kind === "hook" || kind === "outgoing";
}

/** The owner of tokens, and the account that makes one for a room, if that operates it. */
interface Ownership {
  readonly owner: TokenOwner;
  readonly room?: Room;
  readonly maker?: AccountId | undefined;
}

export function checkAddToken(state: State, by: Member, act: AddTokenAct): CheckResult {
  const { hash, kind, name, lasts, uses, out } = act;
  const found = ownerOf(state, by, act.room);
  if ("why" in found) return refused(found);
  const { owner, room, maker } = found;
  const refusal = kind === "outgoing" ? outgoingRefusal(state, by) : undefined;
  if (refusal) return refused(refusal);
  if (isHook(kind) && room && maker === undefined) return refused({ why: "hook-needs-account", room: room.name });
  if (!out && !NAME.test(name)) return refused({ why: "token-name-bad", name });
  if (state.isDown) return refused({ why: "not-stored", what: "token" });
  const tokens = tokensOf(state, owner).filter((token) => token.kind === kind);
  if (kind === "hook" && tokens.some((token) => token.name === name)) return refused({ why: "token-name-taken", name });
  const limit = state.limits.tokens;
  const isFull = limit > 0 && tokens.length >= limit;
  // A program that asks for one whenever it logs in has its oldest replaced.
  const oldest = isFull && kind === "login" ? tokens.find((token) => token.name === name) : undefined;
  if (isFull && !oldest) return refused({ why: "tokens-full", kind, limit });
  const until = lasts === undefined ? undefined : state.clock + lasts;
  const token: TokenRecord = { hash, kind, owner, maker, name, created: state.clock, until, uses };
  if (out && room) {
    const byOperator = by.userModes.has("operator") || undefined;
    const saved: NewEvent = { type: "token-saved", token: { ...token, out: { ...out, byOperator } } };
    return accepted(saved, hookSet(by, room, { ...token, out }, true));
  }
  return accepted(...(oldest ? [removing(oldest)] : []), { type: "token-saved", token });
}

/** Why the member may not make an outgoing webhook; `undefined` if it may. */
function outgoingRefusal({ rules }: State, by: Member): Refusal | undefined {
  if (rules.outgoingHooks === "off") return { why: "hooks-off" };
  const isAllowed = rules.outgoingHooks === "accounts" || by.userModes.has("operator");
  return isAllowed ? undefined : { why: "not-server-operator" };
}

/** Tells a room of an outgoing webhook. */
function hookSet(by: Member, room: Room, { name, out }: TokenRecord, on: boolean): NewEvent {
  return { type: "hook-set", by: by.who, room: room.name, host: name, word: out?.word, on };
}

/** A token is removed by the owner of its account, or an operator of its room. */
export function checkRemoveToken(state: State, by: Member, { hash }: RemoveTokenAct): CheckResult {
  const token = state.store.token(hash);
  if (!token) return NOTHING;
  const room = roomOf(state, token.owner);
  const isOwn = room ? mayModerate(by, room) : by.who.account?.id === token.owner;
  if (!isOwn) return NOTHING;
  if (state.isDown) return refused({ why: "not-stored", what: "token" });
  return accepted(removing(token), ...(room && token.out ? [hookSet(by, room, token, false)] : []));
}

/** The outgoing webhooks of a room that post at present. */
export function outgoingHooks(state: State, room: Room): readonly TokenRecord[] {
  const { outgoingHooks: all, rules } = state;
  if (all.size === 0 || rules.outgoingHooks === "off") return [];
  const isActive = ({ maker, out }: TokenRecord) =>
    maker !== undefined &&
    room.ranks.get(maker)?.has("operator") &&
    (rules.outgoingHooks === "accounts" || out?.byOperator);
  return (all.get(roomIdOf(room)) ?? []).filter(isActive);
}

/** Reads the outgoing webhooks from the store. */
export function restoreHooks(state: State): void {
  for (const { owner } of state.store.outgoingTokens()) noteOutgoing(state, owner);
}

/** The tokens of a room have changed. */
function noteOutgoing({ store, outgoingHooks: all }: State, owner: TokenOwner): void {
  const hooks = store.tokensOf(owner).filter(({ kind }) => kind === "outgoing");
  if (hooks.length > 0) all.set(owner, hooks);
  else all.delete(owner);
}

/** Finds the owner of tokens: the member's account, or a room that it operates; or why it is refused. */
function ownerOf(state: State, by: Member, name: string | undefined): Ownership | Refusal {
  const { account } = by.who;
  if (name === undefined) return account ? { owner: account.id } : { why: "not-logged-in" };
  const room = state.roomFor(by, name);
  if (!room) return { why: "no-such-room", room: name };
  const refusal = moderationRefusal(by, room);
  if (refusal) return refusal;
  return { owner: roomIdOf(room), room, maker: room.ranksKept(account).has("operator") ? account?.id : undefined };
}

/** The tokens that the member may see, oldest first: its account's, or those of a room that it operates. */
export function tokensFor(state: State, by: Member, room: string | undefined): readonly TokenRecord[] | Refusal {
  const found = ownerOf(state, by, room);
  return "why" in found ? found : tokensOf(state, found.owner);
}

/** The valid tokens of an owner, oldest first. */
function tokensOf({ store, clock }: State, owner: TokenOwner): readonly TokenRecord[] {
  return store.tokensOf(owner).filter((token) => isValid(token, clock));
}

function isValid({ until, uses }: TokenRecord, now: number): boolean {
  return (until === undefined || now < until) && uses !== 0;
}

/** The room that a token opens; `undefined` if the token is none, or not valid any more. */
export function roomOpenedBy(state: State, kind: "hook" | "invitation", hash: string): [Room, TokenRecord] | undefined {
  const token = state.store.token(hash);
  const room = token?.kind === kind && isValid(token, state.clock) ? roomOf(state, token.owner) : undefined;
  if (!token || !room) return undefined;
  const { maker } = token;
  return maker === undefined || room.ranks.get(maker)?.has("operator") ? [room, token] : undefined;
}

/** The invitation link to this room whose token has this hash. */
export function invitationLink(state: State, room: Room, hash: string): TokenRecord | undefined {
  const [to, token] = roomOpenedBy(state, "invitation", hash) ?? [];
  return to === room ? token : undefined;
}

function roomOf(state: State, owner: TokenOwner): Room | undefined {
  if (!owner.startsWith("#")) return undefined;
  return state.rooms.values().find((room) => roomIdOf(room) === owner);
}

/** The event of a token that was used once. */
export function using(token: TokenRecord): NewEvent | undefined {
  if (token.uses === undefined) return undefined;
  return token.uses > 1 ? { type: "token-saved", token: { ...token, uses: token.uses - 1 } } : removing(token);
}

/** The events that end an account's tokens: it has a new password. */
export function* endingTokens({ store }: State, account: AccountId): Generator<NewEvent, void> {
  for (const token of store.tokensOf(account)) yield removing(token);
}

function removing(token: TokenRecord): NewEvent {
  return { type: "token-removed", token };
}

/** Ends the tokens that an account has made for a room where it has lost its rank. */
export function endTokensOf(state: State, room: Room, account: AccountId): void {
  const owner = roomIdOf(room);
  for (const { hash, maker } of state.store.tokensOf(owner)) if (maker === account) state.store.removeToken(hash);
  if (state.outgoingHooks.has(owner)) noteOutgoing(state, owner);
}

/** Ends the tokens of a room that is gone. */
export function endTokensIn({ store, outgoingHooks: all }: State, room: Room): void {
  store.removeTokens(roomIdOf(room));
  all.delete(roomIdOf(room));
}

export function applyToken(state: State, event: EventOf<"token-saved" | "token-removed">): void {
  if (event.type === "token-saved") state.store.saveToken(event.token);
  else state.store.removeToken(event.token.hash);
  if (event.token.kind === "outgoing") noteOutgoing(state, event.token.owner);
}

export function applyHookSet(state: State, event: EventOf<"hook-set">): void {
  const room = state.room(event.room);
  if (room) tellRoom(state, room, event);
}

/** The user name and the host of every webhook. */
const WEBHOOK = "webhook";

/**
 * Incoming webhooks: a program says something in a room without being in it. Its nick has a slash, which no member's nick
 * can have, and it counts as a bot's.
 */
export function checkPost(state: State, act: PostAct): CheckResult {
  const { hash, nick, text, tags } = act;
  const opened = roomOpenedBy(state, "hook", hash);
  if (!opened) return refused({ why: "hook-unknown" });
  const [room, { name }] = opened;
  const textRefusal = checkText(state, { to: room.name, text });
  if (textRefusal) return refused(textRefusal);
  const who = identityOf(name, nick);
  // Ids of different webhooks, and of people, do not meet.
  const id = act.id === undefined ? undefined : `${hash}:${act.id}`;
  const repeat = checkRepeat(state, { who }, { type: "say", to: room.name, kind: "words", text, id });
  if (repeat) return repeat;
  if (state.isDown) return refused({ why: "not-stored", what: "message" });
  return accepted({
    type: "said",
    from: who,
    to: room.name,
    inRoom: true,
    rank: undefined,
    kind: "words",
    text,
    tags,
    id,
    away: undefined,
    ephemeral: room.keeps === 0 ? "by-rule" : undefined,
  });
}

/** How the members see a webhook. */
function identityOf(name: string, nick: string): Identity {
  const realname = `The webhook ${name}`;
  return { nick: `${name}/${nick}`, user: WEBHOOK, host: WEBHOOK, realname, account: undefined, bot: true };
}
