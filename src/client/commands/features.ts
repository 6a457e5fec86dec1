import type { ClientIdentity } from "../model/state.ts";

/** A feature that only some clients have. A row of a command or a key names the one that it `needs`. */
export type Feature = "other-servers" | "saved-login" | "suspend";

/** The flags that decide which features a client has. */
export type FeatureFlags = Pick<ClientIdentity, "severalServers" | "overSsh" | "canSuspend">;

interface FeatureRow {
  isIn(client: FeatureFlags): boolean;
  /** The refusal of a command in a client without the feature. */
  readonly missing: string;
}

const FEATURES: Readonly<Record<Feature, FeatureRow>> = {
  "other-servers": {
    isIn: ({ severalServers }) => severalServers === true,
    missing: "This client talks to this server only; tcpchat client on your computer can have several.",
  },
  "saved-login": {
    isIn: ({ overSsh }) => overSsh !== true,
    missing: "No login is kept here: /quit ends the session, and its login.",
  },
  suspend: {
    isIn: ({ canSuspend }) => canSuspend === true,
    missing: "Nothing can be suspended here.",
  },
};

/** Whether this client has the feature that a row needs. */
export function isAvailable(client: FeatureFlags, row: { readonly needs?: Feature | undefined }): boolean {
  return row.needs === undefined || FEATURES[row.needs].isIn(client);
}

/** The refusal of a command that needs a feature, in a client without it. */
export function missingWords(needs: Feature): string {
  return FEATURES[needs].missing;
}

/** The sentences that differ between a client on the user's computer and one over SSH, since their options differ. */
interface Advice {
  /** A task needs the password of an account, and there is no terminal to ask for it. */
  passwordMissing(account: string): string;
  /** Messages were sent under another nick, since the wanted one belongs to an account. */
  sentAs(account: string, nick: string): string;
  readonly passwordKept: string;
  /** A hint after a failed registration: the server may not be a chat server. `undefined` if the client has no raw mode. */
  readonly notLetIn: string | undefined;
}

const LOCAL: Advice = {
  passwordMissing: (account) =>
    `the account ${account} needs a password: --password-file FILE, TCPCHAT_PASSWORD, or a terminal to type it at`,
  sentAs: (account, nick) =>
    `${account} is registered: that was sent as ${nick}; --account ${account} with its password sends as ${account}`,
  passwordKept: "the password is kept for the next time, as text that only you can read; /logout forgets it.",
  notLetIn: "If it is no chat server, `tcpchat client --raw` talks to it line by line.",
};

const OVER_SSH: Advice = {
  passwordMissing: (account) =>
    `the account ${account} needs its password or one of its keys: ssh ${account}@HOST asks for the password, and so does a terminal (ssh -t)`,
  sentAs: (account, nick) =>
    `${account} is registered: that was sent as ${nick}; with a key of ${account}, or its password when ssh ${account}@HOST asks for it, you are ${account}`,
  passwordKept: "the password is not kept here.",
  notLetIn: undefined,
};

/** The sentences for a client. Over SSH, it has no files, no command-line flags and no other servers. */
export function adviceFor({ overSsh }: Pick<FeatureFlags, "overSsh">): Advice {
  return overSsh ? OVER_SSH : LOCAL;
}
