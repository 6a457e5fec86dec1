/**
 * Every reason for closing a connection, a row each: its words, and whether a limit closed it. Limits are counted with
 * the refusals; all other reasons are ordinary. The counts depend on the key alone, never on the words.
 */
const REASONS = {
  closed: ["Connection closed", "ordinary"],
  reset: ["Connection reset", "ordinary"],
  quit: ["Quit", "ordinary"],
  answered: ["Answered", "ordinary"],
  "put-out": ["Put out", "ordinary"],
  "session-ended": ["Ended by the owner of the account", "ordinary"],
  "server-stopped": ["The server is stopping", "ordinary"],
  "no-majority": ["This server cannot reach the others of its cluster: connect to another", "ordinary"],
  "not-let-in": ["Not let in", "ordinary"],
  "server-banned": ["You are banned from this server", "ordinary"],
  "not-stored": ["Not stored", "ordinary"],
  bug: ["Internal error", "ordinary"],
  "other-protocol": ["Speaks another protocol", "ordinary"],
  "gateway-late": ["WEBIRC has to be the first line", "ordinary"],
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
  websocket: ["Broke the WebSocket protocol", "limit"],
  "foreign-protocol": ["Spoke another protocol", "limit"],
  "proxy-header": ["Malformed PROXY header", "limit"],
  "ssh-failed": ["SSH failed", "limit"],
  "ssh-login-time": ["SSH login timed out", "limit"],
  "ssh-logins": ["Too many SSH logins at once", "limit"],
  "ssh-idle": ["SSH connection without a session", "ordinary"],
} as const satisfies Readonly<Record<string, readonly [words: string, kind: "ordinary" | "limit"]>>;

/** The key of a reason, as logs and metrics have it. */
export type ClosingReason = keyof typeof REASONS;

/** Why a connection ends: a value for logs and metrics, and words for people, as QUIT and ERROR have them. */
export interface Closing {
  readonly why: ClosingReason;
  readonly words: string;
}

/** A reason with the words of its row, or with more specific ones. */
export function closing(why: ClosingReason, words: string = REASONS[why][0]): Closing {
  return { why, words };
}

/** The limit that closed a connection, as metrics name it; `undefined` for an ordinary reason. */
export function limitBehind({ why }: Closing): ClosingReason | undefined {
  return REASONS[why][1] === "limit" ? why : undefined;
}
