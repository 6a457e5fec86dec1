import type { Act } from "../../chat/model/act.ts";
import type { ListName } from "../../chat/model/modes.ts";
import type { JoinObstacle, Refusal } from "../../chat/model/refusal.ts";
import { phraseFor } from "../../chat/words/refusals.ts";
import { closing } from "../../wire/closing.ts";
import type { Numeric } from "../../wire/numerics.ts";
import { CAP } from "../capabilities.ts";
import { PASS_FIRST, sayLoggedOut } from "../commands/sasl.ts";
import type { IrcSession } from "../session/session.ts";
import { lineOf, NICKSERV, tellFrom } from "./line.ts";
import { HISTORY_LETTER, KEY_LETTER, LIMIT_LETTER, LIST_LETTERS } from "./mode-letters.ts";

/** How IRC tells errors: the refusals of the chat, in its words, and the errors that exist only in IRC. */

/** The reply that carries a refusal's text: a numeric, a standard reply, or a NOTICE from NickServ. */
type Carrier =
  | readonly [Numeric, ...string[]]
  | readonly ["FAIL", command: string, code: string, ...context: string[]]
  | readonly [typeof NICKSERV];

/** Sends a refusal in the chat's words: as a numeric if IRC has one for it, else as a standard reply or from NickServ. */
export function explain(session: IrcSession, refusal: Refusal, act?: Act): void {
  // "They must not send any error back to the client on receipt of a NOTICE command" (Modern IRC).
  if (act?.type === "say" && (act.kind === "notice" || act.kind === "answer")) return;
  const words = phraseFor(refusal, session.server.chat.limits, session.has(CAP.commands));
  if (refusal.why === "login-void") {
    session.account = undefined;
    sayLoggedOut(session, words);
    return void session.peer.admit(undefined);
  }
  if (refusal.why === "metadata-often") return tellRateLimit(session, refusal.seconds, act);
  const carrier = carrierOf(refusal, act);
  if (carrier[0] === NICKSERV) return tellFrom(NICKSERV, session, `${words}.`);
  if (carrier[0] === "FAIL") {
    const [, command, code, ...context] = carrier;
    return session.fail(command, code, context, words);
  }
  const [numeric, ...params] = carrier;
  // Clients answer ERR_NICKNAMEINUSE with another NICK.
  if (numeric === "ERR_NICKNAMEINUSE") session.registration?.forgetNick();
  session.numeric(numeric, ...params, words);
  // A ban closes a newcomer; for a member it only refuses the act.
  if (refusal.why === "server-banned" && !session.member) session.close(closing("server-banned", words));
}

/** ERR_METADATARATELIMIT repeats the command, so that the client can send it again without remembering it. */
function tellRateLimit(session: IrcSession, seconds: number, act: Act | undefined): void {
  const isSet = act?.type === "set-metadata";
  const repeated = isSet ? ["SET", act.key, ...(act.value === undefined ? [] : [act.value])] : ["CLEAR"];
  const target = isSet || act?.type === "clear-metadata" ? act.target : undefined;
  session.numeric("ERR_METADATARATELIMIT", String(seconds), target ?? "*", ...repeated);
}

/** The reply for each refusal: its numeric or FAIL, with the parameters before the text. */
function carrierOf(refusal: Exclude<Refusal, { why: "login-void" | "metadata-often" }>, act: Act | undefined): Carrier {
  switch (refusal.why) {
    case "nick-taken":
    case "nick-registered":
    case "nick-seated":
    case "nick-kept":
    case "nick-alike":
      return ["ERR_NICKNAMEINUSE", refusal.nick];
    case "nick-bad":
      return ["ERR_ERRONEUSNICKNAME", refusal.nick];
    case "nick-escapes-ban":
      return ["ERR_BANNICKCHANGE", refusal.nick, refusal.room];
    case "accounts-only":
      return ["ERR_CANTSENDTOUSER", refusal.nick];
    case "no-such-nick":
      return ["ERR_NOSUCHNICK", refusal.nick];
    case "not-your-nick":
    case "nick-had":
    case "nick-yours":
    case "nick-free":
    case "no-such-session":
    case "session-shared":
    case "nick-of-account":
    case "registration-off":
    case "logged-in":
    case "not-logged-in":
    case "nick-in-use":
    case "account-exists":
    case "account-name-bad":
    case "email-missing":
    case "password-bad":
    case "credentials-wrong":
    case "too-many-tries":
    case "too-many-registrations":
    case "certificate-taken":
    case "certificate-unknown":
    case "too-many-certificates":
    case "key-missing":
    case "key-taken":
    case "key-unknown":
    case "last-key":
    case "code-wrong":
    case "name-missing":
    case "accounts-not-stored":
      return [NICKSERV];
    case "no-such-room":
    case "room-name-bad":
      return ["ERR_NOSUCHCHANNEL", refusal.room];
    case "room-alike":
      return ["ERR_BADCHANMASK", refusal.room];
    case "not-in-room":
      return ["ERR_NOTONCHANNEL", refusal.room];
    case "they-not-in-room":
      return ["ERR_USERNOTINCHANNEL", refusal.nick, refusal.room];
    case "they-in-room":
      return ["ERR_USERONCHANNEL", refusal.nick, refusal.room];
    case "too-many-invitations":
      return ["FAIL", "INVITE", "TOO_MANY_INVITATIONS", refusal.nick];
    case "invitation-unknown":
      return ["ERR_INVITEONLYCHAN", LINKED_ROOM];
    case "cannot-join":
      return [JOIN_OBSTACLES[refusal.obstacle], refusal.room];
    case "too-many-rooms":
    case "too-many-new-rooms":
      return ["ERR_TOOMANYCHANNELS", refusal.room];
    case "cannot-say":
      return ["ERR_CANNOTSENDTOCHAN", refusal.room];
    case "server-banned":
      return act?.type === "rename" ? ["ERR_ERRONEUSNICKNAME", act.nick] : ["ERR_YOUREBANNEDCREEP"];
    case "server-ban-bad":
    case "server-ban-wide":
    case "server-ban-own":
    case "server-ban-unknown":
    case "server-bans-full":
      return ["FAIL", "UBAN", BAN_CODES[refusal.why]];
    case "not-server-operator":
      return ["ERR_NOPRIVILEGES"];
    case "cannot-ban-self":
    case "last-operator":
    case "not-operator":
      return ["ERR_CHANOPRIVSNEEDED", refusal.room];
    case "room-name-taken":
      return ["FAIL", "RENAME", "CHANNEL_NAME_IN_USE", refusal.room, refusal.to];
    case "cannot-rename":
      return ["FAIL", "RENAME", "CANNOT_RENAME", refusal.room, refusal.to];
    case "room-stays":
      return ["FAIL", "DROPROOM", "CANNOT_DROP", refusal.room];
    case "nothing-to-say":
      return ["ERR_NOTEXTTOSEND"];
    case "message-too-long":
      return ["FAIL", "PRIVMSG", "MESSAGE_TOO_LONG", refusal.to];
    case "list-full":
      return ["ERR_BANLISTFULL", refusal.room, refusal.mask];
    case "mode-value-bad": {
      const value = (refusal.mode !== "key" && refusal.value) || "*"; // a key is not repeated
      return ["ERR_INVALIDMODEPARAM", refusal.room, letterOf(refusal.mode), value];
    }
    case "realname-bad":
      return ["FAIL", "SETNAME", "INVALID_REALNAME"];
    case "metadata-target-bad":
      return ["FAIL", "METADATA", "INVALID_TARGET", refusal.target];
    case "metadata-forbidden":
      return ["FAIL", "METADATA", "KEY_NO_PERMISSION", refusal.target, refusal.key];
    case "metadata-key-bad":
      return ["FAIL", "METADATA", "INVALID_KEY", refusal.key];
    case "metadata-value-bad":
      return ["FAIL", "METADATA", "INVALID_VALUE", refusal.key];
    case "metadata-full":
      return ["FAIL", "METADATA", "LIMIT_REACHED", "SET", refusal.target, String(refusal.limit)];
    case "push-guest":
      return pushFail("FORBIDDEN", act);
    case "push-full":
      return pushFail("MAX_REGISTRATIONS", act);
    case "token-name-bad":
    case "token-name-taken":
    case "tokens-full":
    case "hook-needs-account":
    case "hook-unknown":
    case "hooks-off":
      return [NICKSERV];
    case "no-such-message":
      return ["FAIL", "REDACT", "UNKNOWN_MSGID", refusal.to, refusal.msgid];
    case "cannot-redact":
      return ["FAIL", "REDACT", "REDACT_FORBIDDEN", refusal.to, refusal.msgid];
    case "cannot-redact-there":
      return ["FAIL", "REDACT", "INVALID_TARGET", refusal.to];
    case "reaction-same":
      return ["FAIL", "TAGMSG", "REACTION_UNCHANGED", refusal.to];
    case "id-reused":
    case "taken-back":
      return ["FAIL", messageCommand(act), "ID_REUSED", refusal.to, refusal.id];
    case "not-stored":
    case "no-majority":
      return unstored(act);
  }
}

/** The room of an invitation link in JOIN, whatever it is called now. */
export const LINKED_ROOM = "*";

function pushFail(code: string, act: Act | undefined): Carrier {
  if (act?.type !== "set-push") return ["FAIL", "WEBPUSH", code];
  return ["FAIL", "WEBPUSH", code, act.subscription ? "REGISTER" : "UNREGISTER", act.endpoint ?? "*"];
}

function unstored(act: Act | undefined): Carrier {
  if (act?.type === "set-push") return pushFail("INTERNAL_ERROR", act);
  if (act?.type === "redact") return ["FAIL", "REDACT", "NOT_STORED", act.target];
  if (act?.type === "rename-room") return ["FAIL", "RENAME", "CANNOT_RENAME", act.room, act.to];
  if (act?.type === "mark-read") return ["FAIL", "MARKREAD", "INTERNAL_ERROR", act.target];
  return ["FAIL", messageCommand(act), "NOT_STORED"];
}

function messageCommand(act: Act | undefined): "PRIVMSG" | "TAGMSG" {
  return act?.type === "signal" ? "TAGMSG" : "PRIVMSG";
}

const BAN_CODES = {
  "server-ban-bad": "INVALID_TARGET",
  "server-ban-wide": "TOO_WIDE",
  "server-ban-own": "MATCHES_YOU",
  "server-ban-unknown": "UNKNOWN_TARGET",
  "server-bans-full": "LIST_FULL",
} as const;

const JOIN_OBSTACLES = {
  full: "ERR_CHANNELISFULL",
  "invite-only": "ERR_INVITEONLYCHAN",
  banned: "ERR_BANNEDFROMCHAN",
  key: "ERR_BADCHANNELKEY",
} as const satisfies Readonly<Record<JoinObstacle, Numeric>>;

function letterOf(mode: ListName | "key" | "limit" | "history"): string {
  if (mode === "key") return KEY_LETTER;
  if (mode === "history") return HISTORY_LETTER;
  return mode === "limit" ? LIMIT_LETTER : LIST_LETTERS[mode];
}

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
