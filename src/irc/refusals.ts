import { isSameAccount } from "../chat/account.ts";
import { ownershipWords, registeredWords, seatedWords, voidWords } from "../chat/account-words.ts";
import type { Act } from "../chat/act.ts";
import { bannedWords, serverBanWords } from "../chat/ban-words.ts";
import { lastOperatorWords } from "../chat/membership.ts";
import type { ListName } from "../chat/modes.ts";
import type { JoinBar, Refusal, SpeechBar } from "../chat/refusal.ts";
import { newRoomsWords, staysWords } from "../chat/room-words.ts";
import { invitationWords } from "../chat/rules/invitations.ts";
import { KEY_LETTER, LIMIT_LETTER, LIST_LETTERS } from "./letters.ts";
import { sayLoggedOut } from "./sasl.ts";
import { NICKSERV, tellFrom } from "./services.ts";
import type { IrcSession } from "./session.ts";

/** Says no in IRC's words: each refusal is one numeric, or a standard reply where IRC has none. */
export function explain(session: IrcSession, refusal: Refusal, act: Act): void {
  // "They must not send any error back to the client on receipt of a NOTICE command" (Modern IRC).
  if (act.type === "say" && (act.manner === "notice" || act.manner === "answer")) return;
  switch (refusal.why) {
    case "nick-taken":
    case "nick-registered":
      return refuseTaken(session, refusal.nick);
    case "login-void":
      session.account = undefined;
      sayLoggedOut(session, voidWords(refusal.account));
      return void session.peer.admit(undefined);
    case "nick-kept":
      return refuseNick(session, refusal.nick, `Nickname is the server's to give; ${refusal.free} is free`);
    case "nick-alike":
      return refuseNick(session, refusal.nick, `Nickname looks like ${refusal.like}'s; ${refusal.free} is free`);
    case "nick-bad":
      return session.numeric("ERR_ERRONEUSNICKNAME", refusal.nick);
    case "nick-escapes-ban":
      return session.numeric("ERR_BANNICKCHANGE", refusal.nick, refusal.room);
    case "no-such-nick":
      return session.numeric("ERR_NOSUCHNICK", refusal.nick);
    case "not-your-nick":
    case "nick-had":
    case "nick-yours":
    case "nick-free":
    case "no-such-session":
    case "session-shared":
      return tellFrom(NICKSERV, session, `${ownershipWords(refusal)}.`);
    case "no-such-room":
      return session.numeric("ERR_NOSUCHCHANNEL", refusal.room);
    case "room-name-bad":
      return session.numeric("ERR_NOSUCHCHANNEL", refusal.room);
    case "room-alike":
      return session.send(session.server.name, "476", [session.nick, refusal.room], `Looks like ${refusal.like}`);
    case "not-in-room":
      return session.numeric("ERR_NOTONCHANNEL", refusal.room);
    case "they-not-in-room":
      return session.numeric("ERR_USERNOTINCHANNEL", refusal.nick, refusal.room);
    case "they-in-room":
      return session.numeric("ERR_USERONCHANNEL", refusal.nick, refusal.room);
    case "too-many-invitations":
      return session.fail("INVITE", "TOO_MANY_INVITATIONS", [refusal.nick], invitationWords(refusal));
    case "cannot-join":
      return session.numeric(JOIN_BARS[refusal.bar], refusal.room);
    case "too-many-rooms":
      return session.numeric("ERR_TOOMANYCHANNELS", refusal.room);
    case "too-many-new-rooms":
      return session.send(session.server.name, "405", [session.nick, refusal.room], newRoomsWords(refusal));
    case "cannot-say":
      return session.send(session.server.name, "404", [session.nick, refusal.room], SPEECH_BARS[refusal.bar]);
    case "server-banned":
      return refuseBanned(session, bannedWords(refusal), act);
    case "server-ban-bad":
    case "server-ban-wide":
    case "server-ban-own":
    case "server-ban-unknown":
    case "server-bans-full":
      return session.fail("UBAN", BAN_CODES[refusal.why], [], serverBanWords(refusal));
    case "not-server-operator":
      return session.numeric("ERR_NOPRIVILEGES");
    case "last-operator":
      return session.send(session.server.name, "482", [session.nick, refusal.room], lastOperatorWords(refusal));
    case "room-stays":
      return session.fail("DROPROOM", "CANNOT_DROP", [refusal.room], staysWords(refusal.room));
    case "not-operator":
      return session.numeric("ERR_CHANOPRIVSNEEDED", refusal.room);
    case "nothing-to-say":
      return session.numeric("ERR_NOTEXTTOSEND");
    case "message-too-long":
      return session.fail(
        "PRIVMSG",
        "MESSAGE_TOO_LONG",
        [refusal.to],
        `A message has at most ${refusal.limit} ${refusal.unit}`,
      );
    case "list-full":
      return session.numeric("ERR_BANLISTFULL", refusal.room, refusal.mask);
    case "mode-value-bad":
      return session.numeric(
        "ERR_INVALIDMODEPARAM",
        refusal.room,
        letterOf(refusal.mode),
        (refusal.mode !== "key" && refusal.value) || "*", // a key is not repeated
        valueAdvice(refusal.mode),
      );
    case "realname-bad":
      return session.fail("SETNAME", "INVALID_REALNAME", [], "A real name is not empty and not that long");
    case "no-such-message":
      return session.fail(
        "REDACT",
        "UNKNOWN_MSGID",
        [refusal.to, refusal.msgid],
        "This message does not exist or is too old",
      );
    case "cannot-redact":
      return session.fail(
        "REDACT",
        "REDACT_FORBIDDEN",
        [refusal.to, refusal.msgid],
        "You are not authorised to delete this message",
      );
    case "cannot-redact-there":
      return session.fail("REDACT", "INVALID_TARGET", [refusal.to], `You cannot delete messages from ${refusal.to}`);
    case "id-reused":
      return session.fail("PRIVMSG", "ID_REUSED", [refusal.to, refusal.id], "Another message was sent under that id");
    case "taken-back":
      return session.fail("PRIVMSG", "ID_REUSED", [refusal.to, refusal.id], "This message was said, and taken back");
    case "not-stored":
      return refuseUnstored(session, act);
  }
}

function refuseUnstored(session: IrcSession, act: Act): void {
  if (act.type === "redact")
    return session.fail("REDACT", "NOT_STORED", [act.target], "Nothing can be deleted at present");
  if (act.type === "mark-read")
    return session.fail("MARKREAD", "INTERNAL_ERROR", [act.target], "The timestamp could not be set");
  session.fail("PRIVMSG", "NOT_STORED", [], "The message was not stored");
}

/** A newcomer whom the server does not have is told why, and closed; a member stays what they were. */
function refuseBanned(session: IrcSession, words: string, act: Act): void {
  if (act.type === "rename") return session.send(session.server.name, "432", [session.nick, act.nick], words);
  session.send(session.server.name, "465", [session.nick], words);
  if (!session.member) session.close(words);
}

const BAN_CODES = {
  "server-ban-bad": "INVALID_TARGET",
  "server-ban-wide": "TOO_WIDE",
  "server-ban-own": "MATCHES_YOU",
  "server-ban-unknown": "UNKNOWN_TARGET",
  "server-bans-full": "LIST_FULL",
} as const;

/** A nick that somebody else has, or that is registered: then it is told how to log in to it. */
export function refuseTaken(session: IrcSession, nick: string): void {
  const account = session.server.accounts.find(nick);
  const own = session.member?.who.account ?? session.account;
  const words = isSameAccount(account, own) ? seatedWords : registeredWords;
  if (account) return refuseNick(session, nick, words(account.name));
  session.registration?.forgetNick();
  session.numeric("ERR_NICKNAMEINUSE", nick);
}

/** ERR_NICKNAMEINUSE: clients know what to do then, and ask for another. */
function refuseNick(session: IrcSession, nick: string, words: string): void {
  session.registration?.forgetNick();
  session.send(session.server.name, "433", [session.nick, nick], words);
}

const JOIN_BARS = {
  full: "ERR_CHANNELISFULL",
  "invite-only": "ERR_INVITEONLYCHAN",
  banned: "ERR_BANNEDFROMCHAN",
  key: "ERR_BADCHANNELKEY",
} as const satisfies Readonly<Record<JoinBar, string>>;

const SPEECH_BARS: Readonly<Record<SpeechBar, string>> = {
  outside: "Cannot send to channel: you are not in it (+n)",
  moderated: "Cannot send to channel: only those with voice may speak (+m)",
  banned: "Cannot send to channel: you are banned or muted (+b)",
  "no-queries": "Cannot send to channel: no CTCP here (+C)",
};

function letterOf(mode: ListName | "key" | "limit"): string {
  if (mode === "key") return KEY_LETTER;
  return mode === "limit" ? LIMIT_LETTER : LIST_LETTERS[mode];
}

function valueAdvice(mode: string): string {
  if (mode === "key") return "A key has 1 to 32 characters, no blank, no comma, no colon first";
  return mode === "limit" ? "A limit is a whole number above 0" : "A mask is nick!user@host, with * and ?";
}
