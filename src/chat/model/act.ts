import type { Folded } from "../../text/fold.ts";
import type { AccountId, AccountRecord, Login, Logout } from "./account.ts";
import type { NamedNetwork } from "./addresses.ts";
import type { MessageTags } from "./event.ts";
import type { Rules } from "./limits.ts";
import type { MetadataChange } from "./metadata.ts";
import type { ModeChange, OperatorLoss, Rank, UserModeChange } from "./modes.ts";

/**
 * How something is said: as words, as a notice (which no program may answer), as what one does (`/me waves`); or by
 * one program to another, as a query or its answer, which people are not shown.
 */
export type MessageKind = "words" | "notice" | "action" | "query" | "answer";

/** Comes into the chat under a nick. The only act of a session that has no member yet. */
export interface EnterAct {
  readonly type: "enter";
  /** Without one the server gives a guest's: `guest-` and the next number. */
  readonly nick?: string | undefined;
  readonly user: string;
  readonly realname: string;
  /** What others may know of the address: a cloak. */
  readonly host: string;
  /** The account that is theirs, as has been proved. */
  readonly account?: Login | undefined;
  /** A nick in use becomes the next free one, instead of being refused. */
  readonly yielding: boolean;
  /** Changes of their metadata that they bring along. */
  readonly metadata?: readonly MetadataChange[];
}

export interface JoinAct {
  readonly type: "join";
  readonly room: string;
  readonly key?: string | undefined;
  /** The others are told only once the newcomer does something that they see. */
  readonly quietly?: boolean;
  /** The rooms that are opened from this address are not counted. */
  readonly isExempt?: boolean;
}

export interface LeaveAct {
  readonly type: "leave";
  readonly room: string;
  readonly reason: string;
}

export interface SayAct {
  readonly type: "say";
  /** A room's name or a nick. */
  readonly to: string;
  /** In a room, only those of this rank and above hear it. */
  readonly rank?: Rank | undefined;
  readonly kind: MessageKind;
  /** May hold newlines. Already safe to show. */
  readonly text: string;
  readonly tags?: MessageTags | undefined;
  /** The sender's own name for this message: one with the same name and text is not said again. */
  readonly id?: string | undefined;
  /** Where in the text its sender went on in another line. */
  readonly cuts?: readonly number[] | undefined;
}

/** Says nothing: tags alone, such as "is typing". */
export interface SignalAct {
  readonly type: "signal";
  readonly to: string;
  readonly rank?: Rank | undefined;
  readonly tags: MessageTags;
}

export interface RenameAct {
  readonly type: "rename";
  readonly nick: string;
  readonly yielding: boolean;
}

export interface SetTopicAct {
  readonly type: "set-topic";
  readonly room: string;
  /** "" takes the topic away. */
  readonly topic: string;
}

export interface ChangeModesAct {
  readonly type: "change-modes";
  readonly room: string;
  readonly changes: readonly ModeChange[];
}

/** Bans someone from a room and puts out those in it whom the ban means, or mutes them; for the room's operators. */
export interface BanFromRoomAct {
  readonly type: "ban-from-room";
  readonly room: string;
  /** A nick, an account's name or a mask; `m:` before it mutes, and puts out nobody. */
  readonly target: string;
  /** Milliseconds; without it, until it is lifted. */
  readonly lasts?: number | undefined;
  /** "" where none is given. */
  readonly reason: string;
}

/** Gives a room another name; only for its operators. */
export interface RenameRoomAct {
  readonly type: "rename-room";
  readonly room: string;
  readonly to: string;
  readonly reason: string;
}

export interface KickAct {
  readonly type: "kick";
  readonly room: string;
  readonly nick: string;
  readonly reason: string;
}

export interface InviteAct {
  readonly type: "invite";
  readonly room: string;
  readonly nick: string;
}

export interface SetAwayAct {
  readonly type: "set-away";
  /** "" is back again. */
  readonly text: string;
}

export interface SetRealnameAct {
  readonly type: "set-realname";
  readonly realname: string;
}

/** Sets or removes a key of metadata: one's own, that of a room that one operates, or as a server operator any. */
export interface SetMetadataAct extends MetadataChange {
  readonly type: "set-metadata";
  /** A nick or a room's name; `undefined` is oneself. */
  readonly target: string | undefined;
}

/** Removes all metadata of a member or a room. */
export interface ClearMetadataAct {
  readonly type: "clear-metadata";
  readonly target: string | undefined;
}

/** Changes what one is oneself. */
export interface ChangeUserModesAct {
  readonly type: "change-user-modes";
  readonly changes: readonly UserModeChange[];
}

/** Becomes an operator of the server; only for one whose right to it has been proved. */
export interface EmpowerAct {
  readonly type: "empower";
  /** The operator's name, as the configuration has it. */
  readonly as: string;
}

/** Tells everyone something who wants to know; only for operators of the server. */
export interface AnnounceAct {
  readonly type: "announce";
  readonly text: string;
}

/** Puts someone out of the chat; only for operators of the server. */
export interface ExpelAct {
  readonly type: "expel";
  readonly nick: string;
  readonly reason: string;
}

/** Keeps someone out of the whole server: a nick, an account's name, a mask or an address; only for operators of the server. */
export interface BanAct {
  readonly type: "ban";
  readonly target: string;
  /** Where the target is written like an address. */
  readonly network?: NamedNetwork | undefined;
  /** Milliseconds; without it, until it is lifted. */
  readonly lasts?: number | undefined;
  readonly reason: string;
}

/** Does away with a room, and with what was said in it; only for operators of the server. */
export interface DropRoomAct {
  readonly type: "drop-room";
  readonly room: string;
  readonly reason: string;
}

/** Lifts such a ban; only for operators of the server. */
export interface LiftBanAct {
  readonly type: "lift-ban";
  readonly target: string;
  /** Where the target is written like an address: the networks that it may mean; the first that is banned is meant. */
  readonly networks?: readonly string[] | undefined;
}

/** Says how far one has read, as a time. */
export interface MarkReadAct {
  readonly type: "mark-read";
  readonly target: string;
  readonly time: number;
}

/** Wants what was said to one's account while nobody heard it; or has read one conversation, and wants no more of it. */
export interface CatchUpAct {
  readonly type: "catch-up";
  /** The other side of the conversation that was read. */
  readonly read?: string | undefined;
}

/** Takes a message back. */
export interface RedactAct {
  readonly type: "redact";
  /** The room, or the other side of the conversation, where it was seen. */
  readonly target: string;
  readonly msgid: string;
  readonly reason: string;
}

/** Logs in to an account, or out (`undefined`); only for one whose right to it has been proved. */
export interface IdentifyAct {
  readonly type: "identify";
  readonly account: Login | undefined;
}

/** Makes an account. A session that has no member yet may do so too. */
export interface RegisterAct {
  readonly type: "register";
  /** Its id is new; its password was hashed. */
  readonly account: Omit<AccountRecord, "created">;
}

/** Gives one's account another password, and logs its other sessions out. */
export interface ChangePasswordAct {
  readonly type: "change-password";
  /** The account that one was logged in to when the password was hashed. */
  readonly account: AccountId;
  readonly secret: Pick<AccountRecord, "hash" | "scram">;
  readonly keepsCertificates: boolean;
}

/** Has a certificate log in to one's account from now on, or no longer. */
export interface ChangeCertificateAct {
  readonly type: "change-certificate";
  readonly on: boolean;
  /** SHA-256, in hex. */
  readonly fingerprint: string;
  /** The session has shown to have its key. */
  readonly isShown: boolean;
}

/** Keeps the nicks that one ignores with one's account; a guest's are its session's alone. */
export interface SetIgnoredAct {
  readonly type: "set-ignored";
  readonly nicks: readonly Folded[];
}

/** Removes one's account; only for one whose right to it has been proved once more. */
export interface RemoveAccountAct {
  readonly type: "remove-account";
  readonly account: Login;
}

/** Takes the nick of one's account back from somebody else who has it; only for the account's owner. */
export interface ReclaimAct {
  readonly type: "reclaim";
  readonly nick: string;
  /** Has it too, instead of leaving it free. */
  readonly takes: boolean;
}

/** Ends a session of one's account. */
export interface EndSessionAct {
  readonly type: "end-session";
  readonly id: number;
}

/** The session is gone, without a word. */
export interface LoseAct {
  readonly type: "lose";
  readonly reason: string;
}

export interface QuitAct {
  readonly type: "quit";
  readonly reason: string;
}

/** What someone wants. The chat checks it and makes an event of it, or a refusal. */
export type Act =
  | EnterAct
  | JoinAct
  | LeaveAct
  | SayAct
  | SignalAct
  | RenameAct
  | SetTopicAct
  | ChangeModesAct
  | BanFromRoomAct
  | RenameRoomAct
  | KickAct
  | InviteAct
  | SetAwayAct
  | SetRealnameAct
  | SetMetadataAct
  | ClearMetadataAct
  | ChangeUserModesAct
  | EmpowerAct
  | AnnounceAct
  | ExpelAct
  | BanAct
  | LiftBanAct
  | DropRoomAct
  | MarkReadAct
  | CatchUpAct
  | RedactAct
  | IdentifyAct
  | RegisterAct
  | ChangePasswordAct
  | ChangeCertificateAct
  | SetIgnoredAct
  | RemoveAccountAct
  | ReclaimAct
  | EndSessionAct
  | LoseAct
  | QuitAct;

/** Sets the rules that checks look at: at the start, and when the configuration is read again. */
export interface ConfigureAct {
  readonly type: "configure";
  readonly rules: Rules;
}

/** Another program has removed an account, or changed its password: its sessions are logged out. */
export interface LogOutAct extends Logout {
  readonly type: "log-out";
}

/** Members that operate the server under one of these names stop being its operators. */
export interface DisempowerAct {
  readonly type: "disempower";
  readonly names: readonly string[];
  readonly why: OperatorLoss;
}

/** What the server does by itself, or by order of the program that runs it. */
export type ServerAct = ConfigureAct | LogOutAct | DisempowerAct;
