import type { AccountId } from "./account.ts";

/** What may be switched on or off in a room. */
export const FLAGS = ["invite-only", "moderated", "members-only", "secret", "topic-locked", "no-queries"] as const;
export type Flag = (typeof FLAGS)[number];

/** The lists of masks that a room keeps. */
export const LISTS = ["ban", "exception", "invitation"] as const;
export type ListName = (typeof LISTS)[number];

/** What a member can be in a room, the highest first. */
export const RANKS = ["operator", "voice"] as const;
export type Rank = (typeof RANKS)[number];

/** One change of a room's modes. */
export type ModeChange =
  | { readonly mode: Flag; readonly on: boolean }
  | RankChange
  | MaskChange
  | { readonly mode: "key"; readonly on: boolean; readonly key: string }
  | { readonly mode: "limit"; readonly on: boolean; readonly limit: number };

/** Someone becomes something in a room, or is that no more. */
export interface RankChange {
  readonly mode: Rank;
  readonly on: boolean;
  readonly nick: string;
  /** The account that loses what the room kept for it, where nobody of it is in the room. */
  readonly account?: AccountId | undefined;
}

/** A mask that is put on a list, or taken off. */
export interface MaskChange {
  readonly mode: ListName;
  readonly on: boolean;
  readonly mask: string;
  /** The account that `a:NAME` means. */
  readonly account?: AccountId | undefined;
  /** The nick of the one who was meant by it, where it says something else of them. */
  readonly whom?: string | undefined;
  /** For how long, in milliseconds; without it, until someone takes it off. */
  readonly lasts?: number | undefined;
  readonly reason?: string | undefined;
}

/** What a room that its first member has just opened is like: talk is for members, the topic for operators. */
export const DEFAULT_FLAGS: readonly Flag[] = ["members-only", "topic-locked"];

export function isFlag(mode: ModeChange["mode"]): mode is Flag {
  return (FLAGS as readonly string[]).includes(mode);
}

/**
 * What someone can be on the whole server, whatever rooms they are in: spoken to directly by accounts alone, told of
 * announcements, a program and no person, not to be found by those who share no room, an operator of the server.
 */
export const USER_MODES = ["accounts-only", "announcements", "bot", "invisible", "operator"] as const;
export type UserMode = (typeof USER_MODES)[number];

/** One change of what someone is. */
export interface UserModeChange {
  readonly userMode: UserMode;
  readonly on: boolean;
}

/** Why a member stops being a server operator: the configuration changed, or its account was logged out. */
export type OperatorLoss = "operator-removed" | "operator-password" | "logged-out";
