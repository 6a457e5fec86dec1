import type { AccountId } from "../model/account.ts";
import type { AddTokenAct, RemoveTokenAct } from "../model/act.ts";
import type { EventOf, NewEvent } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { accepted, type CheckResult, NOTHING, type Refusal, refused } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import type { State } from "../model/state.ts";
import { roomIdOf, type TokenOwner, type TokenRecord } from "../model/token.ts";
import { mayModerate, moderationBar } from "./modes.ts";

/**
 * Tokens: secrets of 256 bits that log in to an account, post into a room, or let into one. They are kept as hashes. A
 * login token ends with its account and with a new password; a room's with the room, and with the rank of its maker.
 */

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,19}$/;

/** The owner of tokens, and the account that makes one for a room, if that operates it. */
interface Ownership {
  readonly owner: TokenOwner;
  readonly room?: Room;
  readonly maker?: AccountId | undefined;
}

export function checkAddToken(state: State, by: Member, act: AddTokenAct): CheckResult {
  const { hash, kind, name, lasts, uses } = act;
  const found = ownerOf(state, by, act.room);
  if ("why" in found) return refused(found);
  const { owner, room, maker } = found;
  if (kind === "hook" && room && maker === undefined) return refused({ why: "hook-needs-account", room: room.name });
  if (!NAME.test(name)) return refused({ why: "token-name-bad", name });
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
  return accepted(...(oldest ? [removing(oldest)] : []), { type: "token-saved", token });
}

/** A token is removed by the owner of its account, or an operator of its room. */
export function checkRemoveToken(state: State, by: Member, { hash }: RemoveTokenAct): CheckResult {
  const token = state.store.token(hash);
  if (!token) return NOTHING;
  const room = roomOf(state, token.owner);
  const isOwn = room ? mayModerate(by, room) : by.who.account?.id === token.owner;
  if (!isOwn) return NOTHING;
  return state.isDown ? refused({ why: "not-stored", what: "token" }) : accepted(removing(token));
}

/** Finds the owner of tokens: the member's account, or a room that it operates; or why it is refused. */
function ownerOf(state: State, by: Member, name: string | undefined): Ownership | Refusal {
  const { account } = by.who;
  if (name === undefined) return account ? { owner: account.id } : { why: "not-logged-in" };
  const room = state.roomFor(by, name);
  if (!room) return { why: "no-such-room", room: name };
  const bar = moderationBar(by, room);
  if (bar) return bar;
  return { owner: roomIdOf(room), room, maker: room.ranksKept(account).has("operator") ? account?.id : undefined };
}

/** The tokens of a kind that the member may see, oldest first: its account's, or those of a room that it operates. */
export function tokensFor(
  state: State,
  by: Member,
  of: Pick<AddTokenAct, "kind" | "room">,
): readonly TokenRecord[] | Refusal {
  const found = ownerOf(state, by, of.room);
  return "why" in found ? found : tokensOf(state, found.owner).filter(({ kind }) => kind === of.kind);
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
export function endTokensOf({ store }: State, room: Room, account: AccountId): void {
  for (const { hash, maker } of store.tokensOf(roomIdOf(room))) if (maker === account) store.removeToken(hash);
}

/** Ends the tokens of a room that is gone. */
export function endTokensIn({ store }: State, room: Room): void {
  store.removeTokens(roomIdOf(room));
}

export function applyToken(state: State, event: EventOf<"token-saved" | "token-removed">): void {
  if (event.type === "token-saved") state.store.saveToken(event.token);
  else state.store.removeToken(event.token.hash);
}
