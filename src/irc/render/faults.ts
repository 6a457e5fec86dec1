import type { IrcSession } from "../session/session.ts";
import { lineOf } from "./line.ts";

/** Refuses a login, or a registration, before the server's password. */
export const PASS_FIRST = "Give the server's password first (PASS)";

/**
 * Errors that only IRC has and no numeric stands for, a row each: the command, the code of the standard reply, and its
 * words, where `{}` is the last parameter of its context. The chat has the words of all that it refuses itself, and
 * `NUMERICS` those of the numerics that only IRC has.
 */
const FAULTS = {
  utf8: ["*", "INVALID_UTF8", "Message rejected: it must be UTF-8, and is not"],
  "batch-sign": ["BATCH", "INVALID_REFTAG", "A batch begins with +reference and ends with -reference"],
  "batch-open": ["BATCH", "INVALID_REFTAG", "A batch is open already: it is given up, and so is this one"],
  "batch-name": ["BATCH", "INVALID_REFTAG", "This is no reference that a batch may have"],
  "batch-unknown": ["BATCH", "INVALID_REFTAG", "No such batch is open: nothing of it is said"],
  "batch-type": ["BATCH", "UNKNOWN_TYPE", "A client may send draft/multiline, once it has asked for it"],
  "batch-target": ["BATCH", "MULTILINE_INVALID", "A message of several lines has a target"],
  "batch-line": ["BATCH", "MULTILINE_INVALID", "Invalid multiline batch"],
  "batch-blank": ["BATCH", "MULTILINE_INVALID", "A message is not made of blank lines alone"],
  "batch-targets": ["BATCH", "MULTILINE_INVALID_TARGET", "Invalid multiline target"],
  "batch-bytes": ["BATCH", "MULTILINE_MAX_BYTES", "Multiline batch max-bytes exceeded"],
  "batch-lines": ["BATCH", "MULTILINE_MAX_LINES", "Multiline batch max-lines exceeded"],
  "batch-time": ["BATCH", "TIMEOUT", "The batch was not ended in time, and nothing of it is said"],
  "history-short": ["CHATHISTORY", "INVALID_PARAMS", "Insufficient parameters"],
  "history-long": ["CHATHISTORY", "INVALID_PARAMS", "Too many parameters"],
  "history-verb": ["CHATHISTORY", "INVALID_PARAMS", "Unknown subcommand"],
  "history-limit": ["CHATHISTORY", "INVALID_PARAMS", "The limit is a whole number above 0"],
  "history-point": [
    "CHATHISTORY",
    "INVALID_PARAMS",
    '"{}" is no msgid=… of this server and no timestamp=YYYY-MM-DDThh:mm:ss.sssZ',
  ],
  "history-time": ["CHATHISTORY", "INVALID_PARAMS", '"{}" is no timestamp=YYYY-MM-DDThh:mm:ss.sssZ'],
  "history-target": ["CHATHISTORY", "INVALID_TARGET", "Messages could not be retrieved"],
  "history-holes": ["CHATHISTORY", "MESSAGE_ERROR", "Some messages could not be retrieved"],
  "marker-short": ["MARKREAD", "NEED_MORE_PARAMS", "Missing parameters"],
  "marker-time": ["MARKREAD", "INVALID_PARAMS", '"{}" is no timestamp=YYYY-MM-DDThh:mm:ss.sssZ'],
  "search-attribute": ["SEARCH", "INVALID_PARAMS", "Invalid parameters"],
  "search-failed": ["SEARCH", "INTERNAL_ERROR", "The search could not be run"],
  "list-conditions": ["LIST", "TOO_MANY_CONDITIONS", "LIST takes at most {} conditions"],
  "mode-changes": ["MODE", "TOO_MANY_CHANGES", "MODE makes at most {} changes at once"],
  "uban-verb": ["UBAN", "INVALID_SUBCOMMAND", "UBAN knows ADD, DEL, LIST and INFO"],
  "verify-code": ["VERIFY", "INVALID_CODE", "No registration is waiting for a code here"],
  "register-password": ["REGISTER", "COMPLETE_CONNECTION_REQUIRED", PASS_FIRST],
  "register-early": ["REGISTER", "COMPLETE_CONNECTION_REQUIRED", "Complete the connection first: NICK, USER, CAP END"],
  "register-nick": ["REGISTER", "NEED_NICK", "Choose a nick first"],
  "register-name": ["REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", "An account is named as your nick is"],
} as const satisfies Readonly<Record<string, readonly [command: string, code: string, words: string]>>;

export type Fault = keyof typeof FAULTS;

/** Answers with an error of IRC's own; `context` is what it is about, as parameters. */
export function fault(session: IrcSession, name: Fault, context: readonly string[] = []): void {
  session.emit(faultLine(session, name, context));
}

/** Answers a command, whichever it is, whose line is not UTF-8. */
export function refuseBytes(session: IrcSession, command: string): void {
  const [, code, words] = FAULTS.utf8;
  session.fail(command, code, [], words);
}

/** The words of numerics that are about more than one thing. */
export const MODE_NICK = "This mode needs a nick";
export const MONITOR_VERBS = "MONITOR takes +, -, C, L or S";

/** The same as a line, without its CR LF. */
export function faultLine({ server }: IrcSession, name: Fault, context: readonly string[]): string {
  const [command, code, words] = FAULTS[name];
  return lineOf(
    server.name,
    "FAIL",
    [command, code, ...context],
    words.replace("{}", () => context.at(-1) ?? ""),
  );
}
