import type { Marker, Place, Side, StoredMessage } from "../store.ts";
import type { Account, AccountId, AccountRecord, LogoutReason } from "./account.ts";
import type { MessageKind } from "./act.ts";
import type { Rules } from "./limits.ts";
import type { ServerBan } from "./masks.ts";
import type { MetadataChange, MetadataRecord } from "./metadata.ts";
import type { ModeChange, OperatorLoss, Rank, UserModeChange } from "./modes.ts";
import type { JoinBar } from "./refusal.ts";

/** What a message carries besides its text, by key: reactions, replies, typing. The chat hands them on unread. */
export type MessageTags = ReadonlyMap<string, string>;

/** Who someone was when an event happened. Never changed: a new nick is a new `Identity`. */
export interface Identity {
  readonly nick: string;
  readonly user: string;
  /** The cloak. */
  readonly host: string;
  readonly realname: string;
  readonly account: Account | undefined;
  /** A program, by its own word. */
  readonly bot?: boolean;
}

/** The origin of an event that no session caused: the server's own. */
export const SERVER = 0;

/** The details that a session gives of itself, besides its nick. */
export type SessionDetails = Pick<Identity, "user" | "realname" | "host">;

/** What every event has. */
interface Stamp {
  /** Orders everything on this server; never changes. */
  readonly seq: number;
  /** An opaque encoding of `seq`, unique among all servers. */
  readonly msgid: string;
  /** Milliseconds since 1970; goes forward along the order, but where the clock was set back by much. */
  readonly time: number;
  /** The session that caused it, by its number; `undefined`: the server did. */
  readonly origin: number | undefined;
}

interface Entered {
  readonly type: "entered";
  readonly who: Identity;
  /** The number that the server has given a guest who named no nick. */
  readonly guest?: number | undefined;
  /** The nick that was asked for, where it was in use. */
  readonly wanted: string | undefined;
  /** Their metadata, the account's included; not given where there is none. */
  readonly metadata?: MetadataRecord | undefined;
}

interface Joined {
  readonly type: "joined";
  readonly who: Identity;
  readonly room: string;
  readonly away: string;
  /** True where the others are not told yet. */
  readonly quietly: boolean;
  /** What the newcomer is in the room from the start. */
  readonly rank: Rank | undefined;
  /** All of that, where it is more than `rank`. */
  readonly ranks?: readonly Rank[];
  /** The room was not there, and is new; whether it counts among those that were opened from the newcomer's address. */
  readonly opens?: "counted" | "uncounted" | undefined;
}

/** Someone who joined quietly is made known to the others. */
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
}

/** Someone was put out of a room; their account is nothing there any more. */
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
  /** The sender's own name for this message, by which a second one is known to be the same. */
  readonly id?: string | undefined;
  /** Where in the text its sender went on in another line. */
  readonly cuts?: readonly number[] | undefined;
  /** The text of the one addressed, where that one is away. */
  readonly away: string | undefined;
  /** Why it does not go into history, if it does not. */
  readonly ephemeral?: EphemeralReason | undefined;
}

/** Talk of guests alone, and what is for some of a room, is kept by nobody; and at times, nothing can be written. */
export type EphemeralReason = "by-rule" | "cannot-write";

interface Signalled {
  readonly type: "signalled";
  readonly from: Identity;
  readonly to: string;
  readonly inRoom: boolean;
  readonly rank: Rank | undefined;
  readonly tags: MessageTags;
}

interface Renamed {
  readonly type: "renamed";
  /** Who it was before. */
  readonly who: Identity;
  readonly nick: string;
  /** The nick that was asked for, where somebody else has it; `isRegistered`, where it is an account's. */
  readonly wanted: string | undefined;
  readonly isRegistered?: boolean;
}

interface TopicSet {
  readonly type: "topic-set";
  readonly by: Identity;
  readonly room: string;
  readonly topic: string;
}

/** A room has another name. */
export interface RoomRenamed {
  readonly type: "room-renamed";
  readonly by: Identity;
  /** Its name before. */
  readonly room: string;
  readonly to: string;
  readonly reason: string;
}

interface ModesChanged {
  readonly type: "modes-changed";
  /** `undefined` is the server itself. */
  readonly by: Identity | undefined;
  readonly room: string;
  readonly changes: readonly ModeChange[];
}

interface Invited {
  readonly type: "invited";
  readonly by: Identity;
  readonly nick: string;
  readonly room: string;
  /** The text of the one invited, where that one is away. */
  readonly away: string | undefined;
  /** An operator of the room invites: that lifts what keeps the invited out, until they join. */
  readonly byOperator: boolean;
  /** All that it lifts at present. */
  readonly opens: readonly JoinBar[];
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

/** Whose metadata an event is about, and who has changed it. */
interface MetadataOf {
  /** `undefined` where it comes of a login. */
  readonly by: Identity | undefined;
  /** A nick, or a room's name. */
  readonly target: string;
  readonly inRoom: boolean;
}

/** A key of someone's metadata, or of a room's, has another value, or none (`undefined`). */
interface MetadataChanged extends MetadataOf, MetadataChange {
  readonly type: "metadata-changed";
}

/** All metadata of someone, or of a room, was removed. */
interface MetadataCleared extends MetadataOf {
  readonly type: "metadata-cleared";
  /** The keys that there were. */
  readonly keys: readonly string[];
}

/** Someone has logged in to an account, or out of it (`undefined`). */
interface AccountSet {
  readonly type: "account-set";
  /** Who it was before. */
  readonly who: Identity;
  readonly account: Account | undefined;
  /** Why all sessions of the account were logged out; `undefined` where it was their own wish. */
  readonly why?: LogoutReason | undefined;
}

/** There is a new account. Nobody is told: whoever made it has an answer. */
interface AccountMade {
  readonly type: "account-made";
  readonly account: Omit<AccountRecord, "created">;
}

/** An account has another password, other certificates or metadata, or ignores others. Its sessions are told of whom they ignore. */
interface AccountChanged {
  readonly type: "account-changed";
  readonly what: "password" | "certificates" | "ignored" | "metadata";
  /** As it is from now on. */
  readonly account: AccountRecord;
}

/** The server has other rules from now on. Nobody is told. */
interface Configured {
  readonly type: "configured";
  readonly rules: Rules;
}

/** An account is no more. Its sessions are logged out one by one. */
interface AccountRemoved {
  readonly type: "account-removed";
  readonly account: Account;
}

/** A session has become a guest of its own: the account of its member was logged out. Only that session is told. */
interface Separated {
  readonly type: "separated";
  /** The guest that it is now. */
  readonly who: Identity;
  readonly before: Identity;
  readonly account: Account;
  readonly why: LogoutReason;
}

/** The owner of a registered nick has taken it back from somebody else, who is called `nick` from now on. */
export interface NickReclaimed {
  readonly type: "nick-reclaimed";
  readonly by: Identity;
  /** The member that has had it until now. */
  readonly who: Identity;
  readonly nick: string;
}

/** The owner of an account has ended one of its sessions. That one is told, and the one that did it. */
export interface SessionEnded {
  readonly type: "session-ended";
  /** The member that had the session. */
  readonly who: Identity;
  readonly session: number;
}

/** A session has joined a member of its own account. Only that session is told. */
interface Attached {
  readonly type: "attached";
  /** The member that has the session now. */
  readonly who: Identity;
  /** The member that had it before, if there was one. */
  readonly before: Identity | undefined;
  /** The details that the session gave when it came: it gets them back when it is separated. */
  readonly details: SessionDetails;
}

/** A session has left its member, who stays. Only that session is told. */
interface Detached {
  readonly type: "detached";
  readonly who: Identity;
  /** It was the last: the member is held for a while, and counts as present. */
  readonly isHeld: boolean;
}

/** Someone has read a target up to a place in the order. Only their own sessions are told. */
interface ReadMarked {
  readonly type: "read-marked";
  readonly who: Identity;
  readonly target: string;
  readonly upTo: Marker;
}

/** An account has caught up with what was said to it while nobody heard it. Only the session that wanted it is told. */
interface CaughtUp {
  readonly type: "caught-up";
  readonly who: Identity;
  /** The other side of the conversation that was read; all were, if `undefined`. */
  readonly peer: Side | undefined;
  /** What nobody had heard, oldest first; nothing for one who has read it already. */
  readonly missed: readonly StoredMessage[];
  /** There was more before. */
  readonly isMore: boolean;
}

/** A message was taken back. */
interface Redacted {
  readonly type: "redacted";
  readonly by: Identity;
  /** A room's name; in a conversation, what the other side is called by whoever is told. */
  readonly to: string;
  /** Where it was said. */
  readonly place: Place;
  readonly inRoom: boolean;
  /** The `seq` and the `msgid` of the message. */
  readonly message: number;
  readonly messageMsgid: string;
  /** The nick of whoever said it. */
  readonly from: string;
  readonly reason: string;
  /** Of a message that was not kept itself. */
  readonly ephemeral?: EphemeralReason | undefined;
}

interface UserModesChanged {
  readonly type: "user-modes-changed";
  /** Who it was before. */
  readonly who: Identity;
  readonly changes: readonly UserModeChange[];
  /** The name, of the configuration's, of the operator that they are from now on. */
  readonly as?: string | undefined;
  /** Why they are no operator any more; `undefined` where it was their own wish. */
  readonly why?: OperatorLoss | undefined;
}

interface Announced {
  readonly type: "announced";
  readonly by: Identity;
  readonly text: string;
}

/** An operator of the server has put someone out of the chat. */
interface Expelled {
  readonly type: "expelled";
  readonly by: Identity;
  readonly who: Identity;
  readonly reason: string;
}

/** Someone is kept out of the whole server from now on. Only its operators are told. */
export interface Banned {
  readonly type: "banned";
  readonly by: Identity;
  readonly kind: ServerBan["kind"];
  readonly target: string;
  /** The account that `a:NAME` means. */
  readonly account?: AccountId | undefined;
  /** Milliseconds; `undefined` is until it is lifted. */
  readonly lasts: number | undefined;
  readonly reason: string;
}

/** A room was done away with. Only the server's operators are told: those who were in it were put out before. */
export interface RoomDropped {
  readonly type: "room-dropped";
  readonly by: Identity;
  readonly room: string;
  readonly reason: string;
}

/** Such a ban is over. Only the server's operators are told. */
interface BanLifted {
  readonly type: "ban-lifted";
  /** `undefined` where it has come to its end. */
  readonly by: Identity | undefined;
  readonly kind: ServerBan["kind"];
  readonly target: string;
}

interface Quit {
  readonly type: "quit";
  readonly who: Identity;
  readonly reason: string;
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
  | AccountRemoved
  | Configured
  | Separated
  | Attached
  | ReadMarked
  | CaughtUp
  | Redacted
  | Detached
  | UserModesChanged
  | Announced
  | Expelled
  | Banned
  | BanLifted
  | RoomDropped
  | Quit;

/** An event before it has its place in the order. */
export type NewEvent = EventBody & {
  /** Where it is not the session that asked: the one that it happens to, or `SERVER`. */
  readonly origin?: number;
};

/** All that can have happened: the one currency, delivered and stored. */
export type ChatEvent = EventBody & Stamp;

/** An event of one type. */
export type EventOf<T extends EventBody["type"]> = Extract<EventBody, { type: T }> & Stamp;

/** Storing: what is told only once it is stored, and the words for a time in which nothing can be. */

/** Whether what is told of an event is true only if it is stored: then nobody is told before. */
export function mustBeStored(event: ChatEvent): boolean {
  return (event.type === "said" || event.type === "redacted") && event.ephemeral === undefined;
}

/** Told to everyone when writing fails, and to newcomers until it works again. */
export const LIVE_ONLY = "History cannot be written: what is said is live only";
export const WRITTEN_AGAIN = "History is written again";

/** Told, where there is no better answer, to someone whose message was heard and is not stored. */
export const NOT_STORED = "That was not stored.";
