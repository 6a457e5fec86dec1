import type { StoredMessage, StoredSignal } from "../store.ts";
import type { NewEvent } from "./event.ts";
import type { ListName } from "./modes.ts";
import type { ListEntry } from "./room.ts";
import type { TokenKind } from "./token.ts";

/** Why a member cannot join a room. */
export type JoinObstacle = "full" | "invite-only" | "banned" | "key";

/** Why a room cannot be renamed: it is the lobby, the name is malformed or confusable, or it was renamed recently. */
type RenameObstacle = "lobby" | "name-bad" | "alike" | "recent";

/** The end and the reason of the ban that keeps someone out or silent, where it has either. */
export type BanTerms = Pick<ListEntry, "until" | "reason">;

/** Why a member cannot speak in a room. */
export type SpeechObstacle = "outside" | "moderated" | "banned" | "muted" | "no-queries";

/** Why a registration, a login or a change of an account fails. */
export type AccountRefusal =
  | { readonly why: "registration-off" }
  | { readonly why: "logged-in"; readonly account: string }
  | { readonly why: "not-logged-in" }
  /** Another member has the nick. */
  | { readonly why: "nick-in-use"; readonly name: string }
  | { readonly why: "account-exists"; readonly name: string }
  | { readonly why: "account-name-bad"; readonly name: string }
  | { readonly why: "email-missing"; readonly given: string }
  /** Fewer characters than `least`, or more bytes than `most`. */
  | { readonly why: "password-bad"; readonly least: number; readonly most: number }
  | { readonly why: "credentials-wrong" }
  | { readonly why: "too-many-tries"; readonly seconds: number }
  | { readonly why: "too-many-registrations"; readonly most: number; readonly seconds: number }
  | { readonly why: "certificate-taken" }
  | { readonly why: "certificate-unknown" }
  | { readonly why: "too-many-certificates"; readonly most: number }
  /** The connection shows no key. */
  | { readonly why: "key-missing" }
  /** Another account has the key. */
  | { readonly why: "key-taken" }
  /** The account has no key of this number. */
  | { readonly why: "key-unknown"; readonly number: number }
  /** Without its last key, an account without a password could not be logged in to. */
  | { readonly why: "last-key" }
  | { readonly why: "code-wrong" }
  /** An account without a password is removed by its name. */
  | { readonly why: "name-missing"; readonly account: string }
  | { readonly why: "accounts-not-stored" };

/**
 * A refused act: `why` is the reason, as in logs and metrics; the other fields are for the sentence, which
 * `words/refusals.ts` makes.
 */
export type Refusal =
  | AccountRefusal
  | { readonly why: "nick-taken"; readonly nick: string }
  | { readonly why: "nick-registered"; readonly nick: string }
  /** The nick of the session's own account, held by a guest. */
  | { readonly why: "nick-seated"; readonly nick: string }
  /** The account was removed, or its password changed, after the session had authenticated. */
  | { readonly why: "login-void"; readonly account: string }
  | { readonly why: "nick-bad"; readonly nick: string }
  /** `free` is an available nick. */
  | { readonly why: "nick-kept"; readonly nick: string; readonly free: string }
  | { readonly why: "nick-alike"; readonly nick: string; readonly like: string; readonly free: string }
  /** The member is banned or muted in the room, and would not be under that nick. */
  | { readonly why: "nick-escapes-ban"; readonly nick: string; readonly room: string }
  | { readonly why: "no-such-nick"; readonly nick: string }
  /** The recipient takes direct messages from accounts only. */
  | { readonly why: "accounts-only"; readonly nick: string }
  /** Only the owner of the account of this name may take the nick back. */
  | { readonly why: "not-your-nick"; readonly nick: string }
  /** A nick cannot be taken back from oneself, from another member of the same account, or if nobody has it. */
  | { readonly why: "nick-had"; readonly nick: string }
  | { readonly why: "nick-yours"; readonly nick: string }
  | { readonly why: "nick-free"; readonly nick: string }
  /** The member's other sessions have not authenticated for the other account. */
  | { readonly why: "session-shared"; readonly account: string }
  /** The nick belongs to the account that the member would leave. */
  | { readonly why: "nick-of-account"; readonly nick: string }
  | { readonly why: "no-such-session"; readonly id: number }
  | { readonly why: "no-such-room"; readonly room: string }
  | { readonly why: "room-name-bad"; readonly room: string }
  | { readonly why: "room-alike"; readonly room: string; readonly like: string }
  | { readonly why: "not-in-room"; readonly room: string }
  | { readonly why: "they-not-in-room"; readonly room: string; readonly nick: string }
  | { readonly why: "they-in-room"; readonly room: string; readonly nick: string }
  /** `of`: whether the sender has sent too many recently, or the invited member has received too many. */
  | {
      readonly why: "too-many-invitations";
      readonly nick: string;
      readonly of: "sender" | "invited";
      readonly limit: number;
      readonly seconds: number;
    }
  | { readonly why: "cannot-join"; readonly room: string; readonly obstacle: JoinObstacle; readonly ban?: BanTerms }
  | { readonly why: "too-many-rooms"; readonly room: string; readonly limit: number }
  | { readonly why: "too-many-new-rooms"; readonly room: string; readonly most: number; readonly seconds: number }
  | { readonly why: "cannot-say"; readonly room: string; readonly obstacle: SpeechObstacle; readonly ban?: BanTerms }
  | { readonly why: "not-operator"; readonly room: string }
  /** Another room has the name, or had it and its history is stored. */
  | { readonly why: "room-name-taken"; readonly room: string; readonly to: string }
  | {
      readonly why: "cannot-rename";
      readonly room: string;
      readonly to: string;
      readonly obstacle: RenameObstacle;
      readonly like?: string;
      readonly seconds?: number;
    }
  | { readonly why: "cannot-ban-self"; readonly room: string }
  | { readonly why: "last-operator"; readonly room: string; readonly nick: string }
  | { readonly why: "not-server-operator" }
  /** The lobby cannot be deleted. */
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
      readonly mode: "key" | "limit" | "history" | ListName;
      readonly value: string;
    }
  | { readonly why: "realname-bad" }
  /** Web Push needs an account. */
  | { readonly why: "push-guest" }
  | { readonly why: "push-full"; readonly limit: number }
  | { readonly why: "token-name-bad"; readonly name: string }
  /** The room has a webhook of this name. */
  | { readonly why: "token-name-taken"; readonly name: string }
  | { readonly why: "tokens-full"; readonly kind: TokenKind; readonly limit: number }
  /** Only an account that operates the room can make a webhook: the webhook ends with its rank. */
  | { readonly why: "hook-needs-account"; readonly room: string }
  /** The configuration allows no outgoing webhooks. */
  | { readonly why: "hooks-off" }
  /** There is no such invitation link, or it has ended. */
  | { readonly why: "invitation-unknown" }
  /** There is no such webhook, or it has ended. */
  | { readonly why: "hook-unknown" }
  /** No member and no room has this name. */
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
  /** A reaction that was given already, or is taken back though it was not given. */
  | { readonly why: "reaction-same"; readonly to: string; readonly isOn: boolean }
  | { readonly why: "id-reused"; readonly to: string; readonly id: string }
  /** The message with this id was said before, and redacted. */
  | { readonly why: "taken-back"; readonly to: string; readonly id: string }
  | { readonly why: "not-stored"; readonly what: "message" | "removal" | "marker" | "name" | "subscription" | "token" }
  /** Of a cluster: the server cannot reach enough of the others. */
  | { readonly why: "no-majority" };

/**
 * The result of checking an act: events, refusals, both, or nothing (a second join of a room). The events include all
 * consequences of the act.
 */
export interface CheckResult {
  /** In order. Each is applied before the next is made, so a later event is made from the changed state. */
  readonly events?: Iterable<NewEvent>;
  /** Set if the message is a repeat: the original is told to the sender's session only. */
  readonly original?: StoredMessage | StoredSignal;
  /** Read after all events are made, which may add to it. */
  readonly refusals?: readonly Refusal[];
}

export const NOT_LOGGED_IN: AccountRefusal = { why: "not-logged-in" };
export const NOT_STORED: AccountRefusal = { why: "accounts-not-stored" };

/** The act has no effect, and is not refused. */
export const NOTHING: CheckResult = {};

/** The result of an act that is allowed: its events. */
export function accepted(...events: readonly NewEvent[]): CheckResult {
  return { events };
}

/** The result of an act that is refused. */
export function refused(refusal: Refusal): CheckResult {
  return { refusals: [refusal] };
}
