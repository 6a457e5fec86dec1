import type { AccountId } from "./account.ts";
import type { Room } from "./room.ts";

/**
 * The kinds of tokens. `login`: a program logs in to its owner's account with it. `hook`: an incoming webhook posts to a
 * room with it. `outgoing`: it signs what an outgoing webhook posts. `invitation`: somebody joins a room with it.
 */
export type TokenKind = "login" | "hook" | "outgoing" | "invitation";

/** The identity of a room. It stays when the room is renamed; a later room of the same name has another one. */
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
  /** Its name, which the owner has chosen. */
  readonly name: string;
  /** The account that made a room's token. When that account loses its rank in the room, the token ends. */
  readonly maker?: AccountId | undefined;
  readonly created: number;
  /** When it expires; absent: never. */
  readonly until?: number | undefined;
  /** How many more times it can be used; absent: without limit. */
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

/** Makes random tokens of 256 bits, and hashes them. The server implements it: the chat itself has no randomness. */
export interface TokenMaker {
  make(): string;
  /** SHA-256, in hex. */
  hash(token: string): string;
}

/** The first six digits of a token's hash, to distinguish tokens of the same name. */
export function tokenId({ hash }: Pick<TokenRecord, "hash">): string {
  return hash.slice(0, 6);
}

/** A room's identity: the sequence number of its opening; for a room from before these were stored, the time. */
export function roomIdOf({ seq, created }: Room): RoomId {
  return `#${seq ?? created}` as RoomId;
}
