import type { UserMode } from "./modes.ts";

/** The limits of the chat. A count of 0 means no limit. */
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
  /** Masks on all lists of a room together. */
  readonly listEntries: number;
  /** Invitations per minute, sent by one member and received by one member. */
  readonly invitations: number;
  /** New rooms per address in ten minutes. */
  readonly newRoomsPerAddress: number;
  /** Seconds between two renames of a room: each sends all members all names. */
  readonly renameWait: number;
  /** Empty rooms kept for one account. */
  readonly roomsPerAccount: number;
  /** Read markers of one guest or account. */
  readonly readMarkers: number;
  /** Rooms to which one member holds an invitation. */
  readonly pendingInvitations: number;
  /** Nicks that one session watches (MONITOR), and nicks that it ignores. */
  readonly monitoredNicks: number;
  readonly ignoredNicks: number;
  /** Metadata: keys of one target, subscriptions of one connection, changes of a member's own metadata in two minutes. */
  readonly metadataKeys: number;
  readonly metadataSubscriptions: number;
  readonly metadataChanges: number;
  /** Web Push subscriptions of one account. */
  readonly pushSubscriptions: number;
  /** Tokens of one account; webhooks of one room, and its invitation links. */
  readonly tokens: number;
  /** Bans of the whole server: masks, each of which is matched against every new session; and addresses. */
  readonly maskBans: number;
  readonly addressBans: number;
}

/** The defaults: Ergo's, except for the size of a message. */
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
  pushSubscriptions: 5,
  tokens: 20,
  maskBans: 1000,
  addressBans: 10_000,
};

/** The part of the configuration that checks read. */
export interface Rules {
  readonly limits: ChatLimits;
  /** Whether people may register accounts. */
  readonly registration: boolean;
  /** Whether stored messages are shown to anyone. */
  readonly showsHistory: boolean;
  /** How long messages are kept, in milliseconds; `undefined`: for ever. No check reads it: who deletes them has to. */
  readonly retention?: number | undefined;
  /** The user modes of every new member. */
  readonly userModes: readonly UserMode[];
  readonly outgoingHooks: OutgoingHooksRule;
}

/** The people who may have outgoing webhooks: nobody, the server's operators, or every account. */
export type OutgoingHooksRule = "off" | "operators" | "accounts";

/** The rules of a server without configuration. */
export const RULES: Rules = {
  limits: CHAT_LIMITS,
  registration: true,
  showsHistory: true,
  userModes: [],
  outgoingHooks: "off",
};

/** The limits of logins and registrations. A count of 0 means no limit. */
export interface AccountLimits {
  /** Failed logins per minute to one account from one address. */
  readonly logins: number;
  /** Failed logins per minute from one address, to any account. */
  readonly loginsPerAddress: number;
  /** Registrations per day from one address. */
  readonly registrationsPerAddress: number;
  /** The minimum number of characters of a password. */
  readonly passwordLength: number;
}

export const ACCOUNT_LIMITS: AccountLimits = {
  logins: 3, // Ergo
  loginsPerAddress: 30,
  registrationsPerAddress: 10,
  passwordLength: 1,
};

/** Rooms or people listed by a command that cost as much as one line in the rate limiter. */
export const LISTED_PER_LINE = 1000;
/** Masks matched against a joining member that cost as much as one line in the rate limiter. */
export const MASKS_PER_LINE = 100;

/** The maximum bytes of a password: as SASL PLAIN, four chunks of 400 base64 characters. */
export const PASSWORD_BYTES = 1024;
