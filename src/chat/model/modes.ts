import { durationOf, wholeLengthOf } from "../../text/time.ts";
import type { AccountId } from "./account.ts";

/** The flags of a room. */
export const FLAGS = ["invite-only", "moderated", "members-only", "secret", "topic-locked", "no-queries"] as const;
export type Flag = (typeof FLAGS)[number];

/** The mask lists of a room. */
export const LISTS = ["ban", "exception", "invitation"] as const;
export type ListName = (typeof LISTS)[number];

/** The ranks of a member in a room, highest first. */
export const RANKS = ["operator", "voice"] as const;
export type Rank = (typeof RANKS)[number];

/** One change of a room's modes. */
export type ModeChange =
  | { readonly mode: Flag; readonly on: boolean }
  | RankChange
  | MaskChange
  | { readonly mode: "key"; readonly on: boolean; readonly key: string }
  | { readonly mode: "limit"; readonly on: boolean; readonly limit: number }
  | HistoryChange;

/** How long a room's messages are kept is set, or left to the server again. */
export interface HistoryChange {
  readonly mode: "history";
  readonly on: boolean;
  /** Milliseconds; 0 keeps nothing. */
  readonly keeps: number;
}

/** A rank is given to a member of a room, or taken away. */
export interface RankChange {
  readonly mode: Rank;
  readonly on: boolean;
  readonly nick: string;
  /** Set if the rank is taken from an account that is not in the room. */
  readonly account?: AccountId | undefined;
}

/** A mask is added to a list, or removed. */
export interface MaskChange {
  readonly mode: ListName;
  readonly on: boolean;
  readonly mask: string;
  /** The account that `a:NAME` stands for. */
  readonly account?: AccountId | undefined;
  /** The nick that the operator gave, where the mask does not show it. */
  readonly whom?: string | undefined;
  /** It also means the member who has the nick now, under any nick: neither account nor host tells them from the operator. */
  readonly follows?: boolean | undefined;
  /** Milliseconds; absent: until it is removed. */
  readonly lasts?: number | undefined;
  readonly reason?: string | undefined;
}

const KEEPS_NOTHING = "off";

/** How long messages are kept as people write it, `7d` or `off`, in milliseconds; `undefined` if the text is neither. */
export function keepsOf(text: string): number | undefined {
  const lower = text.toLowerCase();
  return lower === KEEPS_NOTHING || lower === "0" ? 0 : durationOf(lower);
}

/** Formats a duration that `keepsOf` parses: `7d` or `off`. */
export function keepsText(keeps: number): string {
  return keeps === 0 ? KEEPS_NOTHING : wholeLengthOf(keeps);
}

/** The flags of a new room: only members may speak, only operators may set the topic. */
export const DEFAULT_FLAGS: readonly Flag[] = ["members-only", "topic-locked"];

export function isFlag(mode: ModeChange["mode"]): mode is Flag {
  return (FLAGS as readonly string[]).includes(mode);
}

/**
 * The modes of a member on the whole server: takes direct messages from accounts only, receives announcements, is a bot,
 * is hidden from members that share no room with it, is a server operator.
 */
export const USER_MODES = ["accounts-only", "announcements", "bot", "invisible", "operator"] as const;
export type UserMode = (typeof USER_MODES)[number];

/** One change of a member's user modes. */
export interface UserModeChange {
  readonly userMode: UserMode;
  readonly on: boolean;
}

/** Why a member stops being a server operator: the configuration changed, or its account was logged out. */
export type OperatorLoss = "operator-removed" | "operator-password" | "logged-out";
