import type { IrcSession } from "../session/session.ts";
import { lineOf } from "./line.ts";

/** The refusal of a login or a registration without the server's password. */
export const PASS_FIRST = "Give the server's password first (PASS)";

const CONNECT_FIRST = "Complete the connection first: NICK, USER, CAP END";

/**
 * Errors that exist only in IRC and have no numeric, a row each: the command, the code and the text of the standard
 * reply; `{}` stands for the last parameter of its context. The texts of the chat's own refusals are the chat's
 * (`phraseFor`), those of numerics are in `NUMERICS`.
 */
const FAULTS = {
  utf8: ["*", "INVALID_UTF8", "Message rejected: it is not valid UTF-8"],
  "batch-sign": ["BATCH", "INVALID_REFTAG", "A batch begins with +reference and ends with -reference"],
  "batch-open": ["BATCH", "INVALID_REFTAG", "Another batch is still open; both are dropped"],
  "batch-name": ["BATCH", "INVALID_REFTAG", "This is not a valid batch reference"],
  "batch-unknown": ["BATCH", "INVALID_REFTAG", "No such batch is open; its lines are dropped"],
  "batch-type": [
    "BATCH",
    "UNKNOWN_TYPE",
    "Clients may only send draft/multiline batches, after requesting the capability",
  ],
  "batch-target": ["BATCH", "MULTILINE_INVALID", "A multiline message needs a target"],
  "batch-line": ["BATCH", "MULTILINE_INVALID", "Invalid multiline batch"],
  "batch-blank": ["BATCH", "MULTILINE_INVALID", "A multiline message cannot consist of blank lines only"],
  "batch-targets": ["BATCH", "MULTILINE_INVALID_TARGET", "Invalid multiline target"],
  "batch-bytes": ["BATCH", "MULTILINE_MAX_BYTES", "Multiline batch max-bytes exceeded"],
  "batch-lines": ["BATCH", "MULTILINE_MAX_LINES", "Multiline batch max-lines exceeded"],
  "batch-time": ["BATCH", "TIMEOUT", "The batch was not ended in time; its lines are dropped"],
  "history-short": ["CHATHISTORY", "INVALID_PARAMS", "Insufficient parameters"],
  "history-long": ["CHATHISTORY", "INVALID_PARAMS", "Too many parameters"],
  "history-verb": ["CHATHISTORY", "INVALID_PARAMS", "Unknown subcommand"],
  "history-limit": ["CHATHISTORY", "INVALID_PARAMS", "The limit must be a whole number above 0"],
  "history-point": [
    "CHATHISTORY",
    "INVALID_PARAMS",
    '"{}" is neither a msgid=… of this server nor a timestamp=YYYY-MM-DDThh:mm:ss.sssZ',
  ],
  "history-time": ["CHATHISTORY", "INVALID_PARAMS", '"{}" is not a timestamp=YYYY-MM-DDThh:mm:ss.sssZ'],
  "history-target": ["CHATHISTORY", "INVALID_TARGET", "You cannot read messages there"],
  "history-holes": ["CHATHISTORY", "MESSAGE_ERROR", "Some messages could not be retrieved"],
  "marker-short": ["MARKREAD", "NEED_MORE_PARAMS", "Missing parameters"],
  "marker-time": ["MARKREAD", "INVALID_PARAMS", '"{}" is not a timestamp=YYYY-MM-DDThh:mm:ss.sssZ'],
  "search-attribute": ["SEARCH", "INVALID_PARAMS", "SEARCH takes in, from, after, before, text and limit"],
  "search-limit": ["SEARCH", "INVALID_PARAMS", "The limit must be a whole number above 0"],
  "search-time": ["SEARCH", "INVALID_PARAMS", "The value of {} must be a time, YYYY-MM-DDThh:mm:ss.sssZ"],
  "search-words": ["SEARCH", "INVALID_PARAMS", "The text has no word to look for: a word has a letter or a digit"],
  "search-target": ["SEARCH", "INVALID_PARAMS", "You cannot read messages there"],
  "search-failed": ["SEARCH", "INTERNAL_ERROR", "The search could not be run"],
  "metadata-verb": ["METADATA", "INVALID_PARAMS", "METADATA knows GET, SET, LIST, CLEAR, SUB, UNSUB, SUBS and SYNC"],
  "metadata-subscriptions": ["METADATA", "LIMIT_REACHED", "A client subscribes to at most {} keys"],
  "push-verb": ["WEBPUSH", "INVALID_PARAMS", "WEBPUSH takes REGISTER endpoint keys, or UNREGISTER endpoint"],
  "push-endpoint": [
    "WEBPUSH",
    "INVALID_PARAMS",
    "An endpoint is an https URL of a public host and port 443, of at most 400 characters",
  ],
  "push-keys": [
    "WEBPUSH",
    "INVALID_PARAMS",
    "The keys are p256dh=…;auth=…, a P-256 public key and 16 bytes in base64url",
  ],
  "list-conditions": ["LIST", "TOO_MANY_CONDITIONS", "LIST takes at most {} conditions"],
  "mode-changes": ["MODE", "TOO_MANY_CHANGES", "MODE makes at most {} changes at once"],
  "uban-verb": ["UBAN", "INVALID_SUBCOMMAND", "UBAN takes ADD, DEL, LIST or INFO"],
  "verify-code": ["VERIFY", "INVALID_CODE", "No registration is waiting for a code"],
  "verify-early": ["VERIFY", "COMPLETE_CONNECTION_REQUIRED", CONNECT_FIRST],
  "register-password": ["REGISTER", "COMPLETE_CONNECTION_REQUIRED", PASS_FIRST],
  "register-early": ["REGISTER", "COMPLETE_CONNECTION_REQUIRED", CONNECT_FIRST],
  "register-nick": ["REGISTER", "NEED_NICK", "Choose a nick first"],
  "register-name": ["REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", "The account name must be your nick"],
} as const satisfies Readonly<Record<string, readonly [command: string, code: string, words: string]>>;

/** The key of an error that exists only in IRC. */
export type Fault = keyof typeof FAULTS;

/** Sends an error as a FAIL; `context` are its parameters before the text. */
export function fault(session: IrcSession, name: Fault, context: readonly string[] = []): void {
  session.emit(faultLine(session, name, context));
}

/** Refuses a line of any command that is not UTF-8. */
export function refuseBytes(session: IrcSession, command: string): void {
  const [, code, words] = FAULTS.utf8;
  session.fail(command, code, [], words);
}

/** The text of ERR_INVALIDMODEPARAM for a rank without a nick. */
export const MODE_NICK = "This mode needs a nick";
/** The text of ERR_UNKNOWNERROR for an unknown subcommand of MONITOR. */
export const MONITOR_VERBS = "MONITOR takes +, -, C, L or S";

/** An error as a FAIL line, without its CR LF. */
export function faultLine({ server }: IrcSession, name: Fault, context: readonly string[]): string {
  const [command, code, words] = FAULTS[name];
  return lineOf(
    server.name,
    "FAIL",
    [command, code, ...context],
    words.replace("{}", () => context.at(-1) ?? ""),
  );
}
