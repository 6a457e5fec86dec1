import type { Folded } from "../../text/fold.ts";
import type { Deletion } from "../store.ts";
import type { AccountId, AccountRecord, Login, Logout, PushSubscription } from "./account.ts";
import type { MessageTags } from "./event.ts";
import type { Rules } from "./limits.ts";
import type { MetadataChange } from "./metadata.ts";
import type { ModeChange, OperatorLoss, Rank, UserModeChange } from "./modes.ts";
import type { NamedNetwork } from "./session.ts";
import type { OutgoingHook, TokenKind } from "./token.ts";

/**
 * The kind of a message: `words`; a `notice`, which bots must not answer; an `action` (`/me waves`); or CTCP between
 * clients, a `query` or its `answer`, which people are not shown.
 */
export type MessageKind = "words" | "notice" | "action" | "query" | "answer";

/** Enters the chat under a nick. Besides `register` and `post`, the only act of a session without a member. */
export interface EnterAct {
  readonly type: "enter";
  /** Without one, the server gives the next `guest-` nick. */
  readonly nick?: string | undefined;
  readonly user: string;
  readonly realname: string;
  /** The cloak: what other members see instead of the address. */
  readonly host: string;
  /** The account that the session has authenticated for. */
  readonly account?: Login | undefined;
  /** A nick in use is replaced by the next free one, instead of being refused. */
  readonly yielding: boolean;
  /** Changes of their metadata that they bring along. */
  readonly metadata?: readonly MetadataChange[];
  /**
   * The hash of a secret key of this client. A guest that enters with one is held for a while when its connection is lost;
   * a session that enters with the same key takes over that guest.
   */
  readonly resume?: string | undefined;
}

export interface JoinAct {
  readonly type: "join";
  readonly room: string;
  readonly key?: string | undefined;
  /** SHA-256 of the token of an invitation link to the room, in hex: it lifts everything but a ban. */
  readonly invitation?: string | undefined;
  /** The other members are told only when the new member first does something that they see. */
  readonly quietly?: boolean;
  /**
   * The session comes to listen, or to speak once, as scripts do: the other members are not told of its coming and
   * going, and lists of members mark it.
   */
  readonly listens?: boolean;
  /** The limit of new rooms per address does not apply. */
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
  /** In a room: only members of this rank and above receive it. */
  readonly rank?: Rank | undefined;
  readonly kind: MessageKind;
  /** May contain newlines. Already filtered for display. */
  readonly text: string;
  readonly tags?: MessageTags | undefined;
  /** The sender's id of this message: the same id and text again is a repeat, and not stored twice. */
  readonly id?: string | undefined;
  /** The offsets in the text at which the sender's client split a long line in two. */
  readonly cuts?: readonly number[] | undefined;
}

/** Sends tags without text, such as `+typing`. */
export interface SignalAct {
  readonly type: "signal";
  readonly to: string;
  readonly rank?: Rank | undefined;
  readonly tags: MessageTags;
  /** The sender's id of it, as of a message. */
  readonly id?: string | undefined;
}

export interface RenameAct {
  readonly type: "rename";
  readonly nick: string;
}

export interface SetTopicAct {
  readonly type: "set-topic";
  readonly room: string;
  /** "" removes the topic. */
  readonly topic: string;
}

export interface ChangeModesAct {
  readonly type: "change-modes";
  readonly room: string;
  readonly changes: readonly ModeChange[];
}

/** Bans from a room and kicks the members that the ban matches, or mutes; for the room's operators. */
export interface BanFromRoomAct {
  readonly type: "ban-from-room";
  readonly room: string;
  /** A nick, an account name or a mask; with `m:` before it, it mutes and kicks nobody. */
  readonly target: string;
  /** Milliseconds; absent: until it is lifted. */
  readonly lasts?: number | undefined;
  /** "" where none is given. */
  readonly reason: string;
}

/** Renames a room; for its operators. */
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
  /** "" ends being away. */
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

/** Changes the member's own user modes. */
export interface ChangeUserModesAct {
  readonly type: "change-user-modes";
  readonly changes: readonly UserModeChange[];
}

/** Becomes a server operator; only for sessions that have shown an operator's password. */
export interface EmpowerAct {
  readonly type: "empower";
  /** The operator's name in the configuration. */
  readonly as: string;
}

/** Sends an announcement to every member with that user mode; for server operators. */
export interface AnnounceAct {
  readonly type: "announce";
  readonly text: string;
}

/** Expels a member from the chat; for server operators. */
export interface ExpelAct {
  readonly type: "expel";
  readonly nick: string;
  readonly reason: string;
}

/** Bans a nick, an account, a mask, an address or a network from the whole server; for server operators. */
export interface BanAct {
  readonly type: "ban";
  readonly target: string;
  /** Given if the target is written like an address or a network. */
  readonly network?: NamedNetwork | undefined;
  /** Milliseconds; absent: until it is lifted. */
  readonly lasts?: number | undefined;
  readonly reason: string;
}

/** Deletes a room and its history; for server operators. */
export interface DropRoomAct {
  readonly type: "drop-room";
  readonly room: string;
  readonly reason: string;
}

/** Lifts a ban of the whole server; for server operators. */
export interface LiftBanAct {
  readonly type: "lift-ban";
  readonly target: string;
  /** Given if the target is written like an address: the networks that it may stand for; the first banned one is lifted. */
  readonly networks?: readonly string[] | undefined;
}

/** Moves the read marker of a target to a time. */
export interface MarkReadAct {
  readonly type: "mark-read";
  readonly target: string;
  readonly time: number;
}

/** Asks for the messages that the account missed; or marks one conversation as received. */
export interface CatchUpAct {
  readonly type: "catch-up";
  /** The other side of the conversation that the session has already read. */
  readonly read?: string | undefined;
}

/** Puts the member back in the rooms of its account. */
export interface RestoreRoomsAct {
  readonly type: "restore-rooms";
  /** The client has asked for it; otherwise it happens only if the account's owner wants it for every client. */
  readonly isAsked: boolean;
}

/** Sets whether every client that logs in to the member's account is put back in its rooms. */
export interface SetAutojoinAct {
  readonly type: "set-autojoin";
  readonly on: boolean;
}

/** Redacts a message. */
export interface RedactAct {
  readonly type: "redact";
  /** The room, or the other side of the conversation. */
  readonly target: string;
  readonly msgid: string;
  readonly reason: string;
}

/** Logs in to an account that the session has authenticated for, or logs out (`undefined`). */
export interface IdentifyAct {
  readonly type: "identify";
  readonly account: Login | undefined;
  /** The nick that the session takes with the login; if a member of its account has it, the session is attached to that. */
  readonly nick?: string | undefined;
}

/** Makes an account. Allowed before a session has a member. */
export interface RegisterAct {
  readonly type: "register";
  /** With a new id and a hashed password. */
  readonly account: Omit<AccountRecord, "created">;
}

/** Changes the password of the member's account and logs out its other sessions. */
export interface ChangePasswordAct {
  readonly type: "change-password";
  /** The account that the session was logged in to when the password was hashed. */
  readonly account: AccountId;
  readonly secret: Pick<AccountRecord, "hash" | "scram">;
  readonly keepsCertificates: boolean;
}

/** Adds a key to the member's account, or removes one and ends the other sessions that show it. */
export interface ChangeCertificateAct {
  readonly type: "change-certificate";
  readonly on: boolean;
  readonly fingerprint: string;
  /** The session has proved in its handshake that it holds the private key. */
  readonly isShown: boolean;
}

/** Adds the key that a session shows to an account whose owner has said its code there. */
export interface LinkKeyAct {
  readonly type: "link-key";
  readonly account: AccountId;
  readonly fingerprint: string;
  /** The device, as the owner calls it. */
  readonly name?: string | undefined;
}

/** Saves the ignored nicks with the member's account; a guest's are kept by its session only. */
export interface SetIgnoredAct {
  readonly type: "set-ignored";
  readonly nicks: readonly Folded[];
}

/** Adds a Web Push subscription to the member's account, in place of one with the same endpoint, or removes one or all. */
export interface SetPushAct {
  readonly type: "set-push";
  /** `undefined` means all. */
  readonly endpoint: string | undefined;
  readonly subscription: PushSubscription | undefined;
}

/** Adds a token to the member's account, or to a room that it operates. */
export interface AddTokenAct {
  readonly type: "add-token";
  /** SHA-256, in hex. */
  readonly hash: string;
  readonly kind: TokenKind;
  readonly name: string;
  /** The room; `undefined` for a login token. */
  readonly room: string | undefined;
  /** Milliseconds; absent: until it is removed. */
  readonly lasts?: number | undefined;
  /** How often it can be used; absent: always. */
  readonly uses?: number | undefined;
  /** For `outgoing`. */
  readonly out?: OutgoingHook | undefined;
}

/** Removes a token of the member's account, or of a room that it operates. */
export interface RemoveTokenAct {
  readonly type: "remove-token";
  readonly hash: string;
}

/** Says something in a room by its webhook. Allowed to a session without a member. */
export interface PostAct {
  readonly type: "post";
  /** SHA-256 of the webhook's token, in hex. */
  readonly hash: string;
  /** The part of the nick behind the slash: `build` is shown as `ci/build` if the webhook is called `ci`. */
  readonly nick: string;
  /** May contain newlines. Already filtered for display. */
  readonly text: string;
  readonly tags?: MessageTags | undefined;
  /** The caller's id of this message: the same id and text again is a repeat, and not stored twice. */
  readonly id?: string | undefined;
}

/** Removes the member's account; only after its owner has authenticated once more. */
export interface RemoveAccountAct {
  readonly type: "remove-account";
  readonly account: Login;
}

/** Takes the nick of the member's account back from the guest who has it. */
export interface ReclaimAct {
  readonly type: "reclaim";
  readonly nick: string;
  /** Takes the nick at once; otherwise it is left free. */
  readonly takes: boolean;
}

/** Ends another session of the member's account. */
export interface EndSessionAct {
  readonly type: "end-session";
  readonly id: number;
}

/** The session's connection was lost without QUIT. */
export interface LoseAct {
  readonly type: "lose";
  readonly reason: string;
}

export interface QuitAct {
  readonly type: "quit";
  readonly reason: string;
}

/** A request of a session. `check` answers it with events, refusals, or both. */
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
  | RestoreRoomsAct
  | SetAutojoinAct
  | RedactAct
  | IdentifyAct
  | RegisterAct
  | ChangePasswordAct
  | ChangeCertificateAct
  | LinkKeyAct
  | SetIgnoredAct
  | SetPushAct
  | AddTokenAct
  | PostAct
  | RemoveTokenAct
  | RemoveAccountAct
  | ReclaimAct
  | EndSessionAct
  | LoseAct
  | QuitAct;

/** Replaces the rules when the configuration is reloaded. */
export interface ConfigureAct {
  readonly type: "configure";
  readonly rules: Rules;
}

/** Removes a Web Push subscription that the push service no longer knows. */
export interface EndPushAct {
  readonly type: "end-push";
  readonly account: AccountId;
  readonly endpoint: string;
}

/** Logs out an account that another process has removed or given a new password. */
export interface LogOutAct extends Logout {
  readonly type: "log-out";
}

/** Removes operator rights from the members that have them under one of these names. */
export interface DisempowerAct {
  readonly type: "disempower";
  readonly names: readonly string[];
  readonly why: OperatorLoss;
}

/** Deletes rows that retention has found to be too old: all nodes of a cluster delete the same between the same acts. */
export interface ForgetAct {
  readonly type: "forget";
  readonly deletion: Deletion;
}

/** Makes an account for the operator of a cluster. Comes to nothing if there is one of that name or id. */
export interface AddAccountAct {
  readonly type: "add-account";
  readonly account: Omit<AccountRecord, "created">;
}

/** Changes the password of an account for the operator of a cluster, and logs out all its sessions. */
export interface SetPasswordAct extends Pick<ChangePasswordAct, "account" | "secret" | "keepsCertificates"> {
  readonly type: "set-password";
}

/** An act of the server itself. It is never refused. */
export type ServerAct =
  | ConfigureAct
  | LogOutAct
  | DisempowerAct
  | EndPushAct
  | ForgetAct
  | AddAccountAct
  | SetPasswordAct;
