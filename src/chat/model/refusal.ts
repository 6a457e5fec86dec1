import type { StoredMessage } from "../store.ts";
import type { NewEvent } from "./event.ts";
import type { ListName } from "./modes.ts";

/** Why a room does not take someone in. */
export type JoinBar = "full" | "invite-only" | "banned" | "key";

/** Why a room keeps its name: it is the lobby, the new name is none, or looks like another room's, or it was renamed of late. */
type RenameBar = "lobby" | "name-bad" | "alike" | "recent";

/** Why words do not get into a room. */
export type SpeechBar = "outside" | "moderated" | "banned" | "no-queries";

/** Why someone does not get an account, or not into it, or cannot change it. */
export type AccountRefusal =
  | { readonly why: "registration-off" }
  | { readonly why: "logged-in"; readonly account: string }
  | { readonly why: "not-logged-in" }
  /** Somebody else has it who is not logged in. */
  | { readonly why: "nick-in-use"; readonly name: string }
  | { readonly why: "account-exists"; readonly name: string }
  | { readonly why: "account-name-bad"; readonly name: string }
  /** It has fewer characters than `least`, or more bytes than `most`. */
  | { readonly why: "email-missing" }
  | { readonly why: "password-bad"; readonly least: number; readonly most: number }
  | { readonly why: "credentials-wrong" }
  | { readonly why: "too-many-tries"; readonly seconds: number }
  | { readonly why: "too-many-registrations"; readonly most: number; readonly seconds: number }
  | { readonly why: "certificate-taken" }
  | { readonly why: "certificate-unknown" }
  | { readonly why: "too-many-certificates"; readonly most: number }
  | { readonly why: "accounts-not-stored" };

/**
 * All the reasons the chat says no. A value, told to whoever asked in the words of `refusals.ts`; `why` reads in a
 * log, and the other fields are what the words need.
 */
export type Refusal =
  | AccountRefusal
  | { readonly why: "nick-taken"; readonly nick: string }
  | { readonly why: "nick-registered"; readonly nick: string }
  /** It is that of one's own account, and a guest has it. */
  | { readonly why: "nick-seated"; readonly nick: string }
  /** The account that was proved was removed since, or has another password. */
  | { readonly why: "login-void"; readonly account: string }
  | { readonly why: "nick-bad"; readonly nick: string }
  /** `free` would do. */
  | { readonly why: "nick-kept"; readonly nick: string; readonly free: string }
  | { readonly why: "nick-alike"; readonly nick: string; readonly like: string; readonly free: string }
  /** They are banned from the room, or muted in it, and would not be under that nick. */
  | { readonly why: "nick-escapes-ban"; readonly nick: string; readonly room: string }
  | { readonly why: "no-such-nick"; readonly nick: string }
  /** They are spoken to directly by accounts alone. */
  | { readonly why: "accounts-only"; readonly nick: string }
  /** It is taken back by the owner of its account alone. */
  | { readonly why: "not-your-nick"; readonly nick: string }
  /** One has it already; another session of one's own has it; nobody has it. */
  | { readonly why: "nick-had"; readonly nick: string }
  | { readonly why: "nick-yours"; readonly nick: string }
  | { readonly why: "nick-free"; readonly nick: string }
  /** Other sessions are the same member's, and not the other account's. */
  | { readonly why: "session-shared"; readonly account: string }
  /** The nick is the account's that one is logged in to, and that one would leave. */
  | { readonly why: "nick-of-account"; readonly nick: string }
  | { readonly why: "no-such-session"; readonly id: number }
  | { readonly why: "no-such-room"; readonly room: string }
  | { readonly why: "room-name-bad"; readonly room: string }
  | { readonly why: "room-alike"; readonly room: string; readonly like: string }
  | { readonly why: "not-in-room"; readonly room: string }
  | { readonly why: "they-not-in-room"; readonly room: string; readonly nick: string }
  | { readonly why: "they-in-room"; readonly room: string; readonly nick: string }
  /** `of` says whose invitations have been many of late: those that one has sent, or those that the other was sent. */
  | {
      readonly why: "too-many-invitations";
      readonly nick: string;
      readonly of: "sender" | "invited";
      readonly limit: number;
      readonly seconds: number;
    }
  | { readonly why: "cannot-join"; readonly room: string; readonly bar: JoinBar }
  | { readonly why: "too-many-rooms"; readonly room: string; readonly limit: number }
  | { readonly why: "too-many-new-rooms"; readonly room: string; readonly most: number; readonly seconds: number }
  | { readonly why: "cannot-say"; readonly room: string; readonly bar: SpeechBar }
  | { readonly why: "not-operator"; readonly room: string }
  /** Another room is called so, or was, and has a past. */
  | { readonly why: "room-name-taken"; readonly room: string; readonly to: string }
  | {
      readonly why: "cannot-rename";
      readonly room: string;
      readonly to: string;
      readonly bar: RenameBar;
      readonly like?: string;
      readonly seconds?: number;
    }
  | { readonly why: "last-operator"; readonly room: string; readonly nick: string }
  | { readonly why: "not-server-operator" }
  /** It belongs to the server. */
  | { readonly why: "room-stays"; readonly room: string }
  | { readonly why: "server-banned"; readonly until: number | undefined; readonly reason: string }
  | { readonly why: "server-ban-bad"; readonly target: string }
  | { readonly why: "server-ban-wide"; readonly target: string }
  | { readonly why: "server-ban-own"; readonly target: string }
  | { readonly why: "server-ban-unknown"; readonly target: string }
  | { readonly why: "server-bans-full"; readonly limit: number }
  | { readonly why: "nothing-to-say"; readonly to: string }
  | { readonly why: "message-too-long"; readonly to: string; readonly limit: number; readonly unit: "bytes" | "lines" }
  | { readonly why: "list-full"; readonly room: string; readonly list: ListName; readonly mask: string }
  | {
      readonly why: "mode-value-bad";
      readonly room: string;
      readonly mode: "key" | "limit" | ListName;
      readonly value: string;
    }
  | { readonly why: "realname-bad" }
  /** Nobody and no room is called so. */
  | { readonly why: "metadata-target-bad"; readonly target: string }
  /** It may not be changed, or seen; `*` is every key. */
  | { readonly why: "metadata-forbidden"; readonly target: string; readonly key: string }
  | { readonly why: "metadata-key-bad"; readonly key: string }
  | { readonly why: "metadata-value-bad"; readonly key: string }
  | { readonly why: "metadata-full"; readonly target: string; readonly limit: number }
  | { readonly why: "metadata-often"; readonly target: string; readonly key: string; readonly seconds: number }
  | { readonly why: "no-such-message"; readonly to: string; readonly msgid: string }
  | { readonly why: "cannot-redact"; readonly to: string; readonly msgid: string }
  | { readonly why: "cannot-redact-there"; readonly to: string }
  | { readonly why: "id-reused"; readonly to: string; readonly id: string }
  /** The message of this id: it is not said again. */
  | { readonly why: "taken-back"; readonly to: string; readonly id: string }
  | { readonly why: "not-stored"; readonly what: "message" | "removal" | "marker" | "name" };

/**
 * The result of checking an act: events, refusals, both, or nothing (a second JOIN of a room). All consequences of
 * the act are among the events.
 */
export interface CheckResult {
  /** In their order. Each is applied before the next is drawn, so a consequence sees what the event before has changed. */
  readonly events?: Iterable<NewEvent>;
  /** It was said before: the original is told once more, to the one who asked alone. */
  readonly original?: StoredMessage;
  /** Read once all events are drawn. */
  readonly refusals?: readonly Refusal[];
}

/** The act is without effect, and that is no one's fault. */
export const NOTHING: CheckResult = {};

export function accepted(...events: readonly NewEvent[]): CheckResult {
  return { events };
}

export function refused(refusal: Refusal): CheckResult {
  return { refusals: [refusal] };
}
