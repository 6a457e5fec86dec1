import type { Deletion, Marker, Place, Side, StoredMessage } from "../store.ts";
import type { Account, AccountId, AccountRecord, LogoutReason } from "./account.ts";
import type { MessageKind } from "./act.ts";
import type { Rules } from "./limits.ts";
import type { ServerBan } from "./masks.ts";
import type { MetadataChange, MetadataRecord } from "./metadata.ts";
import type { ModeChange, OperatorLoss, Rank, UserModeChange } from "./modes.ts";
import type { JoinObstacle } from "./refusal.ts";
import type { TokenRecord } from "./token.ts";

/** A message's client tags by key, such as replies and reactions. The chat passes them on unread. */
export type MessageTags = ReadonlyMap<string, string>;

/** The client tags that only say that someone is typing at present. */
const TYPING: readonly string[] = ["+typing", "+draft/typing"];

/** The tags that are kept in history: all but those of the moment. */
export function lastingTags(tags: MessageTags): MessageTags {
  if (!TYPING.some((key) => tags.has(key))) return tags;
  return new Map([...tags].filter(([key]) => !TYPING.includes(key)));
}

/** How a member was known when an event happened. Immutable: a new nick makes a new `Identity`. */
export interface Identity {
  readonly nick: string;
  readonly user: string;
  /** The cloak of the address. */
  readonly host: string;
  readonly realname: string;
  readonly account: Account | undefined;
  /** It has declared itself a bot. */
  readonly bot?: boolean;
}

/** The origin of a new event that no session has caused. */
export const SERVER = 0;

/** The details that a session gives of itself besides its nick. */
export type SessionDetails = Pick<Identity, "user" | "realname" | "host">;

/** The fields of every event. */
interface Stamp {
  /** The sequence number: it orders all events of this server and never changes. */
  readonly seq: number;
  /** An opaque encoding of `seq`, unique among all servers. */
  readonly msgid: string;
  /** Milliseconds since 1970; never goes back from one event to the next, unless the clock was set back by over 5 s. */
  readonly time: number;
  /** The id of the session that caused it; `undefined` for the server. */
  readonly origin: number | undefined;
}

interface Entered {
  readonly type: "entered";
  readonly who: Identity;
  /** The number of the `guest-` nick that the server gave. */
  readonly guest?: number | undefined;
  /** The requested nick, if it was in use. */
  readonly wanted: string | undefined;
  /** Their metadata, the account's included; not given where there is none. */
  readonly metadata?: MetadataRecord | undefined;
  /** The hash of the key by which another session can be this member. */
  readonly resume?: string | undefined;
}

interface Joined {
  readonly type: "joined";
  readonly who: Identity;
  readonly room: string;
  readonly away: string;
  /** The other members are not told yet. */
  readonly quietly: boolean;
  /** The session listens only (see `JoinAct`); `quietly` is set too. */
  readonly listens?: boolean;
  /** The highest rank of the new member. */
  readonly rank: Rank | undefined;
  /** All ranks of the new member, if there are several. */
  readonly ranks?: readonly Rank[];
  /** The member comes back to a room of its account, and has not asked for this one. */
  readonly isRestored?: true;
  /** Set if the join makes the room: whether it counts towards the limit of new rooms per address. */
  readonly opens?: "counted" | "uncounted" | undefined;
}

/** A member that joined quietly is announced to the others. */
interface Appeared {
  readonly type: "appeared";
  readonly who: Identity;
  readonly room: string;
  readonly away: string;
  readonly rank: Rank | undefined;
}

interface Left {
  readonly type: "left";
  readonly who: Identity;
  readonly room: string;
  readonly reason: string;
  /** Told to a session that has another member now, which is in the room too: a `joined` follows. */
  readonly isBack?: true;
}

/** A member was removed from a room; its account loses its ranks there. */
interface Kicked {
  readonly type: "kicked";
  readonly by: Identity;
  readonly who: Identity;
  readonly room: string;
  readonly reason: string;
}

export interface Said {
  readonly type: "said";
  readonly from: Identity;
  /** A room's name, or a nick. */
  readonly to: string;
  readonly inRoom: boolean;
  readonly rank: Rank | undefined;
  readonly kind: MessageKind;
  readonly text: string;
  readonly tags: MessageTags | undefined;
  /** The sender's id of this message, by which a repeat is recognised. */
  readonly id?: string | undefined;
  /** The offsets in the text at which the sender's client split a long line in two. */
  readonly cuts?: readonly number[] | undefined;
  /** The recipient's away text, if it is away. */
  readonly away: string | undefined;
  /** Why it is not stored; absent if it is. */
  readonly ephemeral?: EphemeralReason | undefined;
}

/**
 * Why a message is not stored: by rule, since it is between guests, for one rank of a room, in a room that keeps
 * nothing, or only says that someone is typing; or because the store is down.
 */
export type EphemeralReason = "by-rule" | "cannot-write";

/** Tags without a text, such as a reaction. */
export interface Signalled {
  readonly type: "signalled";
  readonly from: Identity;
  readonly to: string;
  readonly inRoom: boolean;
  readonly rank: Rank | undefined;
  readonly tags: MessageTags;
  /** The sender's id of it, by which a repeat is recognised. */
  readonly id?: string | undefined;
  /** Why it is not stored; absent if it is. */
  readonly ephemeral?: EphemeralReason | undefined;
  /** Set if it is a reaction to a message there; not stored. */
  readonly reaction?: QuotedReaction | undefined;
}

/** A reaction to a message, for people who see no tags. */
export interface QuotedReaction {
  readonly emoji: string;
  /** False if it is taken back. */
  readonly isOn: boolean;
  /** The author of the message, and the beginning of its text; "" if not everyone there may read it. */
  readonly to: Identity;
  readonly text: string;
}

/** How a redaction names what was taken back: by its kind and its time. */
export interface RedactionSubject {
  readonly what: "message" | "reaction";
  /** In milliseconds since 1970. */
  readonly at: number;
}

interface Renamed {
  readonly type: "renamed";
  /** The identity before. */
  readonly who: Identity;
  readonly nick: string;
}

interface TopicSet {
  readonly type: "topic-set";
  readonly by: Identity;
  readonly room: string;
  readonly topic: string;
}

/** A room was renamed. */
export interface RoomRenamed {
  readonly type: "room-renamed";
  readonly by: Identity;
  /** The old name. */
  readonly room: string;
  readonly to: string;
  readonly reason: string;
}

interface ModesChanged {
  readonly type: "modes-changed";
  /** `undefined` for the server. */
  readonly by: Identity | undefined;
  readonly room: string;
  readonly changes: readonly ModeChange[];
}

interface Invited {
  readonly type: "invited";
  readonly by: Identity;
  readonly nick: string;
  readonly room: string;
  /** The invited member's away text, if it is away. */
  readonly away: string | undefined;
  /** The inviter operates the room: the invitation lifts bans, key, limit and `invite-only` for one join. */
  readonly byOperator: boolean;
  /** The restrictions that it lifts now. */
  readonly opens: readonly JoinObstacle[];
}

interface AwaySet {
  readonly type: "away-set";
  readonly who: Identity;
  readonly text: string;
}

interface RealnameSet {
  readonly type: "realname-set";
  readonly who: Identity;
  readonly realname: string;
}

/** The owner of changed metadata, and the member who changed it. */
interface MetadataOf {
  /** `undefined` where it comes of a login. */
  readonly by: Identity | undefined;
  /** A nick, or a room's name. */
  readonly target: string;
  readonly inRoom: boolean;
}

/** A metadata key of a member or of a room has a new value, or none (`undefined`). */
interface MetadataChanged extends MetadataOf, MetadataChange {
  readonly type: "metadata-changed";
}

/** All metadata of a member or of a room was removed. */
interface MetadataCleared extends MetadataOf {
  readonly type: "metadata-cleared";
  /** The keys that there were. */
  readonly keys: readonly string[];
}

/** A member has logged in to an account, or out (`undefined`). */
interface AccountSet {
  readonly type: "account-set";
  /** The identity before. */
  readonly who: Identity;
  readonly account: Account | undefined;
  /** Why the account was logged out; `undefined` if the member did it itself. */
  readonly why?: LogoutReason | undefined;
}

/** An account was made. No session is told; the session that made it gets an answer. */
interface AccountMade {
  readonly type: "account-made";
  readonly account: Omit<AccountRecord, "created">;
}

/** A part of an account changed. Its sessions are told of `ignored` only. */
interface AccountChanged {
  readonly type: "account-changed";
  readonly what: "password" | "certificates" | "ignored" | "metadata" | "autojoin" | "push";
  /** The account after the change. */
  readonly account: AccountRecord;
}

/** A token was made, or used. No session is told; the session that made it gets an answer. */
interface TokenSaved {
  readonly type: "token-saved";
  /** The token after the change. */
  readonly token: TokenRecord;
}

/** A token was removed or used up. No session is told. Tokens also end with their account, and with their room. */
interface TokenRemoved {
  readonly type: "token-removed";
  readonly token: TokenRecord;
}

/** A room has an outgoing webhook more, or one less. It is told to the room. */
export interface HookSet {
  readonly type: "hook-set";
  readonly by: Identity;
  readonly room: string;
  /** The host that it posts to. */
  readonly host: string;
  /** The first word of the messages that it posts; `undefined` for all. */
  readonly word: string | undefined;
  readonly on: boolean;
}

/** A key was added to an account by a session that was not logged in to it. All sessions of the account are told. */
export interface KeyLinked {
  readonly type: "key-linked";
  readonly account: Account;
  readonly fingerprint: string;
  /** The session's member, with its cloak. */
  readonly who: Identity;
}

/** The rules were replaced. No session is told. */
interface Configured {
  readonly type: "configured";
  readonly rules: Rules;
}

/** An account was removed. Its sessions are logged out by events of their own. */
interface AccountRemoved {
  readonly type: "account-removed";
  readonly account: Account;
}

/** A session left its member for a guest of its own, since the account was logged out. Only that session is told. */
interface Separated {
  readonly type: "separated";
  /** The new guest. */
  readonly who: Identity;
  readonly before: Identity;
  readonly account: Account;
  readonly why: LogoutReason;
}

/** The owner of a registered nick has taken it back; its holder is renamed to `nick`. */
export interface NickReclaimed {
  readonly type: "nick-reclaimed";
  readonly by: Identity;
  /** The holder until now. */
  readonly who: Identity;
  readonly nick: string;
}

/** The owner of an account has ended one of its sessions. That session and the one that ended it are told. */
export interface SessionEnded {
  readonly type: "session-ended";
  /** The session's member. */
  readonly who: Identity;
  readonly session: number;
}

/** A session was attached to a member of its own account, or to the guest that it was before. Only that session is told. */
interface Attached {
  readonly type: "attached";
  /** The session's new member. */
  readonly who: Identity;
  /** Its member before, if it had one. */
  readonly before: Identity | undefined;
  /** The details that the session gave: a guest made by `separated` gets them back. */
  readonly details: SessionDetails;
}

/** A session was detached from its member, which stays. Only that session is told. */
interface Detached {
  readonly type: "detached";
  readonly who: Identity;
  /** It was the last session: the member is held for a while and counts as present. */
  readonly isHeld: boolean;
}

/** A member has moved a read marker. Only its own sessions are told. */
interface ReadMarked {
  readonly type: "read-marked";
  readonly who: Identity;
  readonly target: string;
  readonly upTo: Marker;
}

/** An account has received the messages that it missed. Only the session that asked is told. */
interface CaughtUp {
  readonly type: "caught-up";
  readonly who: Identity;
  /** The other side of the one conversation that was read; `undefined` for all. */
  readonly peer: Side | undefined;
  /** The missed messages, oldest first; none if `peer` is given: that conversation was read already. */
  readonly missed: readonly StoredMessage[];
  /** Older missed messages were left out. */
  readonly isMore: boolean;
}

/** A member is back in the rooms of its account: their joins came before. Only the session that asked is told. */
interface RoomsRestored {
  readonly type: "rooms-restored";
  readonly who: Identity;
  /** Rooms of the account that do not exist at present: they are not made anew. */
  readonly missing: readonly string[];
}

/** An account that is not in a room was taken off its list of rooms. Only the session that did it is told. */
export interface MembershipEnded {
  readonly type: "membership-ended";
  /** `undefined` if a ban has kept the account out of the room. */
  readonly by: Identity | undefined;
  readonly account: Account;
  readonly room: string;
}

/** A message was redacted. */
interface Redacted {
  readonly type: "redacted";
  readonly by: Identity;
  /** A room's name; in a conversation, the other side as the recipient of this event names it. */
  readonly to: string;
  /** The place of the message. */
  readonly place: Place;
  readonly inRoom: boolean;
  /** The `seq` and the `msgid` of the message. */
  readonly message: number;
  readonly messageMsgid: string;
  readonly from: Identity;
  /** The author has done it. */
  readonly isOwn: boolean;
  /** `undefined` if people were not shown the message. */
  readonly subject: RedactionSubject | undefined;
  readonly reason: string;
  /** Set if the message itself was not stored. */
  readonly ephemeral?: EphemeralReason | undefined;
}

interface UserModesChanged {
  readonly type: "user-modes-changed";
  /** The identity before. */
  readonly who: Identity;
  readonly changes: readonly UserModeChange[];
  /** The configured operator name under which the member became a server operator. */
  readonly as?: string | undefined;
  /** Why operator rights were lost; `undefined` if the member gave them up itself. */
  readonly why?: OperatorLoss | undefined;
}

interface Announced {
  readonly type: "announced";
  readonly by: Identity;
  readonly text: string;
}

/** A server operator has expelled a member from the chat. */
interface Expelled {
  readonly type: "expelled";
  readonly by: Identity;
  readonly who: Identity;
  readonly reason: string;
}

/** A ban of the whole server was set. Only server operators are told. */
export interface Banned {
  readonly type: "banned";
  readonly by: Identity;
  readonly kind: ServerBan["kind"];
  readonly target: string;
  /** The nick that the operator gave, where the target does not show it. */
  readonly whom?: string | undefined;
  /** The account that `a:NAME` means. */
  readonly account?: AccountId | undefined;
  /** Milliseconds; `undefined` until it is lifted. */
  readonly lasts: number | undefined;
  readonly reason: string;
}

/** A room was deleted. Only server operators are told: its members were kicked before. */
export interface RoomDropped {
  readonly type: "room-dropped";
  readonly by: Identity;
  readonly room: string;
  readonly reason: string;
}

/** A ban of the whole server was lifted or has expired. Only server operators are told. */
interface BanLifted {
  readonly type: "ban-lifted";
  /** `undefined` if it has expired. */
  readonly by: Identity | undefined;
  readonly kind: ServerBan["kind"];
  readonly target: string;
}

interface Quit {
  readonly type: "quit";
  readonly who: Identity;
  readonly reason: string;
}

/** Old rows were deleted. No session is told. */
interface Forgotten {
  readonly type: "forgotten";
  readonly deletion: Deletion;
}

type EventBody =
  | Entered
  | Joined
  | Appeared
  | Left
  | Kicked
  | Said
  | Signalled
  | Renamed
  | TopicSet
  | RoomRenamed
  | ModesChanged
  | Invited
  | AwaySet
  | RealnameSet
  | MetadataChanged
  | MetadataCleared
  | AccountSet
  | NickReclaimed
  | SessionEnded
  | AccountMade
  | AccountChanged
  | KeyLinked
  | AccountRemoved
  | TokenSaved
  | TokenRemoved
  | HookSet
  | Configured
  | Separated
  | Attached
  | ReadMarked
  | CaughtUp
  | RoomsRestored
  | MembershipEnded
  | Redacted
  | Detached
  | UserModesChanged
  | Announced
  | Expelled
  | Banned
  | BanLifted
  | RoomDropped
  | Forgotten
  | Quit;

/** An event without its stamp, as `check` answers it. */
export type NewEvent = EventBody & {
  /** The origin, if it is not the session of the act: another session's id, or `SERVER`. */
  readonly origin?: number;
};

/** A change of the chat: applied, delivered, observed and stored in this one form. */
export type ChatEvent = EventBody & Stamp;

/** An event of one type. */
export type EventOf<T extends EventBody["type"]> = Extract<EventBody, { type: T }> & Stamp;

/** The events that may be delivered only after they are stored, unless they are ephemeral. */
export type StoredFirst = EventOf<"said" | "signalled" | "redacted">;

/** Whether the event may be delivered only after it is stored. */
export function mustBeStored(event: ChatEvent): event is StoredFirst {
  const { type } = event;
  return (type === "said" || type === "signalled" || type === "redacted") && event.ephemeral === undefined;
}

/** Whether people are shown messages of a kind: queries and their answers are between clients. */
export function isForPeople(kind: MessageKind): kind is Exclude<MessageKind, "query" | "answer"> {
  return kind !== "query" && kind !== "answer";
}

/** Told to every session when a commit fails, and to new ones until a commit succeeds; without a full stop. */
export const LIVE_ONLY = "History cannot be written: messages are live only";
export const WRITTEN_AGAIN = "History is written again";

/** The answer to a message that was delivered but not stored. */
export const NOT_STORED = "That was not stored.";
