/**
 * Every reason for which a connection ends, a row each: its words, and whether it is a limit's doing, counted among
 * what the server refuses. What else ends one was somebody's wish. Nothing that is counted depends on the words.
 */
const REASONS = {
  closed: ["Connection closed", "wish"],
  reset: ["Connection reset", "wish"],
  quit: ["Quit", "wish"],
  answered: ["Answered", "wish"],
  "put-out": ["Put out", "wish"],
  "session-ended": ["Ended by the owner of the account", "wish"],
  "server-stopped": ["The server is stopping", "wish"],
  "not-let-in": ["Not let in", "wish"],
  "server-banned": ["You are banned from this server", "wish"],
  "not-stored": ["Not stored", "wish"],
  bug: ["Internal error", "wish"],
  "other-protocol": ["Speaks another protocol", "wish"],
  "gateway-late": ["WEBIRC has to be the first line", "wish"],
  "send-queue": ["SendQ exceeded", "limit"],
  "line-length": ["Input line was too long", "limit"],
  "registration-time": ["Registration timed out", "limit"],
  silence: ["Ping timeout", "limit"],
  "login-tries": ["Too many failed logins", "limit"],
  "server-password": ["Password incorrect", "limit"],
  "tls-not-offered": ["TLS is not offered", "limit"],
  "tls-handshake-time": ["TLS handshake timed out", "limit"],
  "tls-handshake": ["TLS handshake failed", "limit"],
  http: ["Spoke HTTP", "limit"],
  "foreign-protocol": ["Spoke another protocol", "limit"],
  "proxy-header": ["Malformed PROXY header", "limit"],
} as const satisfies Readonly<Record<string, readonly [words: string, kind: "wish" | "limit"]>>;

export type ClosingReason = keyof typeof REASONS;

/** Why a connection ends: a value for logs and metrics, and words for people, as QUIT and ERROR have them. */
export interface Closing {
  readonly why: ClosingReason;
  readonly words: string;
}

/** A reason with the words of its row, or with words that say more. */
export function closing(why: ClosingReason, words: string = REASONS[why][0]): Closing {
  return { why, words };
}

/** The limit that has ended a connection, as metrics name it; `undefined` for a wish. */
export function limitBehind({ why }: Closing): ClosingReason | undefined {
  return REASONS[why][1] === "limit" ? why : undefined;
}
