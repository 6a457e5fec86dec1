import type { ClientIdentity } from "../model/state.ts";

/** Something that only some clients have: the rows of commands and keys that use it name it. */
export type Facility = "other-servers" | "saved-login" | "suspend";

/** The facts about a client by which it has them or not. */
export type Surroundings = Pick<ClientIdentity, "severalServers" | "overSsh" | "canSuspend">;

interface FacilityRow {
  isThere(client: Surroundings): boolean;
  /** The refusal where it is missing. */
  readonly missing: string;
}

const FACILITIES: Readonly<Record<Facility, FacilityRow>> = {
  "other-servers": {
    isThere: ({ severalServers }) => severalServers === true,
    missing: "Here the client talks with this server alone; tcpchat client on your computer has several.",
  },
  "saved-login": {
    isThere: ({ overSsh }) => overSsh !== true,
    missing: "No login is kept here: /quit ends the session, and its login.",
  },
  suspend: {
    isThere: ({ canSuspend }) => canSuspend === true,
    missing: "Nothing can be suspended here.",
  },
};

/** Whether this client has what a row needs. */
export function offers(client: Surroundings, row: { readonly needs?: Facility | undefined }): boolean {
  return row.needs === undefined || FACILITIES[row.needs].isThere(client);
}

/** Why a row of a command is not offered. */
export function missingWords(needs: Facility): string {
  return FACILITIES[needs].missing;
}

/** Sentences about what the user can type, or not, at this client. */
interface Advice {
  /** A task needs the password of an account, and there is no terminal to ask for it. */
  passwordMissing(account: string): string;
  /** Messages were sent under another nick than that of the account. */
  sentAs(account: string, nick: string): string;
  readonly passwordKept: string;
  /** A server that does not let us in may be no chat server. */
  readonly notLetIn: string | undefined;
}

const AT_HOME: Advice = {
  passwordMissing: (account) =>
    `the account ${account} needs a password: --password-file FILE, TCPCHAT_PASSWORD, or a terminal to type it at`,
  sentAs: (account, nick) =>
    `${account} is registered: that was sent as ${nick}; --account ${account} with its password sends as ${account}`,
  passwordKept: "the password is kept for the next time, as text that only you can read; /logout forgets it.",
  notLetIn: "If it is no chat server, `tcpchat client --raw` talks to it line by line.",
};

const OVER_SSH: Advice = {
  passwordMissing: (account) =>
    `the account ${account} needs its password, or a key of it: ssh ${account}@HOST asks for the password, and so does a terminal (ssh -t)`,
  sentAs: (account, nick) =>
    `${account} is registered: that was sent as ${nick}; with a key of ${account}, or its password when ssh ${account}@HOST asks for it, you are ${account}`,
  passwordKept: "the password is not kept here.",
  notLetIn: undefined,
};

/** The sentences for a client: over SSH it has no files, no flags that name them, and no other servers. */
export function adviceFor({ overSsh }: Pick<Surroundings, "overSsh">): Advice {
  return overSsh ? OVER_SSH : AT_HOME;
}
