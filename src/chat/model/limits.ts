import type { UserMode } from "./modes.ts";

/** What the chat allows; 0 is no limit for the counts. */
export interface ChatLimits {
  /** Characters. */
  readonly nickLength: number;
  /** Characters, the `#` included. */
  readonly roomLength: number;
  /** Bytes. */
  readonly topicLength: number;
  /** Bytes. */
  readonly realnameLength: number;
  /** Characters. */
  readonly keyLength: number;
  readonly roomsPerMember: number;
  /** Bytes of one message. */
  readonly messageBytes: number;
  readonly messageLines: number;
  /** Masks in all of a room's lists together. */
  readonly listEntries: number;
  /** Invitations a minute that one sends, and that one is sent. */
  readonly invitations: number;
  /** Rooms that are opened from one address in ten minutes. */
  readonly newRoomsPerAddress: number;
  /** Seconds between two renames of a room: each is told to everyone in it, with the names of all. */
  readonly renameWait: number;
  /** Rooms of one account that outlive their members. */
  readonly roomsPerAccount: number;
  /** Read markers of one member or account. */
  readonly readMarkers: number;
  /** Rooms to which one member is invited. */
  readonly pendingInvitations: number;
  /** Nicks that one connection watches (MONITOR), and nicks that it ignores. */
  readonly monitoredNicks: number;
  readonly ignoredNicks: number;
  /** Metadata: keys of one target, subscriptions of one connection, changes of one's own in two minutes. */
  readonly metadataKeys: number;
  readonly metadataSubscriptions: number;
  readonly metadataChanges: number;
  /** Of the whole server: masks, each of which is matched against everyone who comes; and addresses. */
  readonly maskBans: number;
  readonly addressBans: number;
}

/** The numbers that good servers have settled on (Ergo's, but for the message). */
export const CHAT_LIMITS: ChatLimits = {
  nickLength: 32,
  roomLength: 64,
  topicLength: 390,
  realnameLength: 150,
  keyLength: 32,
  roomsPerMember: 100,
  messageBytes: 4096,
  messageLines: 100,
  listEntries: 100,
  invitations: 10,
  newRoomsPerAddress: 120,
  renameWait: 60,
  roomsPerAccount: 100,
  readMarkers: 1000,
  pendingInvitations: 100,
  monitoredNicks: 100,
  ignoredNicks: 100,
  metadataKeys: 100,
  metadataSubscriptions: 100,
  metadataChanges: 10,
  maskBans: 1000,
  addressBans: 10_000,
};

/** What the operator of the server has decided, and checks look at. */
export interface Rules {
  readonly limits: ChatLimits;
  /** Whether people may make accounts for themselves. */
  readonly registration: boolean;
  /** Whether what was said before is shown to anyone. */
  readonly showsHistory: boolean;
  /** What everyone is who comes in, until they say otherwise. */
  readonly userModes: readonly UserMode[];
}

/** The rules of a server that nothing was said to. */
export const RULES: Rules = { limits: CHAT_LIMITS, registration: true, showsHistory: true, userModes: [] };

/** How often accounts may be tried and made, and what their passwords are; 0 is no limit for the counts. */
export interface AccountLimits {
  /** Failed logins a minute to one account from one address. */
  readonly logins: number;
  /** Failed logins a minute from one address, to whatever account. */
  readonly loginsPerAddress: number;
  /** Accounts a day from one address. */
  readonly registrationsPerAddress: number;
  /** The fewest characters of a password. */
  readonly passwordLength: number;
}

export const ACCOUNT_LIMITS: AccountLimits = {
  logins: 3, // Ergo
  loginsPerAddress: 30,
  registrationsPerAddress: 10,
  passwordLength: 1,
};

/** Amounts of work that weigh as much as a line where floods are counted: a short line can ask for much. */

/** Rooms, or people, that are looked at. */
export const LISTED_PER_LINE = 1000;
/** Masks that someone who joins is held against. */
export const MASKS_PER_LINE = 100;

/** The most bytes of a password. As SASL PLAIN they take four pieces of 400 characters. */
export const PASSWORD_BYTES = 1024;
