import type { AccountId } from "./account.ts";
import type { Room } from "./room.ts";

/**
 * The kinds of tokens: one opens an account to its owner's programs, a room to a webhook, or a room to a newcomer; or it
 * signs what an outgoing webhook posts.
 */
export type TokenKind = "login" | "hook" | "outgoing" | "invitation";

/** The identity of a room, which a new name does not change, and which a later room of the same name does not have. */
export type RoomId = string & { readonly [roomId]: true };

declare const roomId: unique symbol;

/** The owner of a token. */
export type TokenOwner = AccountId | RoomId;

/** A token, without the token itself: only its SHA-256 is kept. Times in milliseconds since 1970. */
export interface TokenRecord {
  /** SHA-256, in hex. */
  readonly hash: string;
  readonly kind: TokenKind;
  /** An account's id for `login`; otherwise a room's. */
  readonly owner: TokenOwner;
  /** The name by which its owner knows it. */
  readonly name: string;
  /** The account that made a room's token; the token ends with its rank in the room. */
  readonly maker?: AccountId | undefined;
  readonly created: number;
  /** When it expires; absent: never. */
  readonly until?: number | undefined;
  /** How often it can be used; absent: always. */
  readonly uses?: number | undefined;
  /** Set for `outgoing`. */
  readonly out?: OutgoingHook | undefined;
}

/** An outgoing webhook: it posts what is said in its room to a URL. */
export interface OutgoingHook {
  readonly url: string;
  /** The first word of the messages that it posts; absent: all of them. */
  readonly word?: string | undefined;
  /** The token itself: the key of the signatures. */
  readonly secret: string;
  /** An operator of the server has made it. */
  readonly byOperator?: true | undefined;
}

/** Makes tokens of 256 bits, and hashes them: the chat itself uses no chance. */
export interface TokenMaker {
  make(): string;
  /** SHA-256, in hex. */
  hash(token: string): string;
}

/** The first digits of a token's hash: they tell tokens of one name apart. */
export function tokenId({ hash }: Pick<TokenRecord, "hash">): string {
  return hash.slice(0, 6);
}

/** A room's identity as the owner of tokens: its opening. */
export function roomIdOf({ seq, created }: Room): RoomId {
  return `#${seq ?? created}` as RoomId;
}
