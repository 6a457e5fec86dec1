import { ownershipWords, voidWords } from "./account-words.ts";
import { bannedWords, serverBanWords } from "./ban-words.ts";
import type { ChatLimits } from "./limits.ts";
import { lastOperatorWords } from "./membership.ts";
import type { JoinBar, Refusal, SpeechBar } from "./refusal.ts";
import { newRoomsWords, staysWords } from "./room-words.ts";
import { invitationWords } from "./rules/invitations.ts";

/** A refusal as a sentence: what was wrong, and what would be right. */
export function wordsFor(refusal: Refusal, limits: ChatLimits): string {
  switch (refusal.why) {
    case "nick-taken":
      return `${refusal.nick} is in use; /nick with another name works.`;
    case "nick-registered":
      return `${refusal.nick} is registered to someone; /login ${refusal.nick} PASSWORD if that is you.`;
    case "login-void":
      return `${voidWords(refusal.account)}.`;
    case "nick-kept":
      return `${refusal.nick} is a name that the server gives; /nick ${refusal.free} works.`;
    case "nick-alike":
      return `${refusal.nick} looks like ${refusal.like}, who is somebody else; /nick ${refusal.free} works.`;
    case "nick-bad":
      return `"${refusal.nick}" cannot be a nick: ${nickRule(limits)}.`;
    case "nick-escapes-ban":
      return `You are silenced in ${refusal.room}: /leave ${refusal.room} before you are ${refusal.nick}.`;
    case "no-such-nick":
      return `Nobody here is called ${refusal.nick}; /who tells who is here.`;
    case "not-your-nick":
    case "nick-had":
    case "nick-yours":
    case "nick-free":
    case "no-such-session":
    case "session-shared":
      return `${ownershipWords(refusal)}.`;
    case "no-such-room":
      return `There is no room ${refusal.room}; /rooms lists those there are.`;
    case "room-name-bad":
      return `"${refusal.room}" cannot be a room's name: ${roomRule(limits)}.`;
    case "room-alike":
      return `${refusal.room} looks like ${refusal.like}, which is another room; /join ${refusal.like} goes there.`;
    case "not-in-room":
      return `You are not in ${refusal.room}; /join ${refusal.room} goes there.`;
    case "they-not-in-room":
      return `${refusal.nick} is not in ${refusal.room}; /who ${refusal.room} tells who is.`;
    case "they-in-room":
      return `${refusal.nick} is in ${refusal.room} already.`;
    case "too-many-invitations":
      return `${invitationWords(refusal)}.`;
    case "cannot-join":
      return joinWords(refusal.room, refusal.bar);
    case "too-many-rooms":
      return `You are in ${refusal.limit} rooms, and nobody may be in more; /leave one before you join ${refusal.room}.`;
    case "too-many-new-rooms":
      return `${newRoomsWords(refusal)}; rooms that are there can be joined: /rooms lists them.`;
    case "cannot-say":
      return speechWords(refusal.room, refusal.bar);
    case "last-operator":
      return `${lastOperatorWords(refusal)}.`;
    case "not-operator":
      return `Only an operator of ${refusal.room} may do that; /who ${refusal.room} tells who is one.`;
    case "server-banned":
      return `${bannedWords(refusal)}.`;
    case "server-ban-bad":
    case "server-ban-wide":
    case "server-ban-own":
    case "server-ban-unknown":
    case "server-bans-full":
      return `${serverBanWords(refusal)}.`;
    case "not-server-operator":
      return "Only an operator of this server may do that; /oper NAME PASSWORD makes you one.";
    case "room-stays":
      return `${staysWords(refusal.room)}.`;
    case "nothing-to-say":
      return `That has no words to say to ${refusal.to}.`;
    case "message-too-long":
      return `Not said: a message has at most ${refusal.limit} ${refusal.unit}; say it in several.`;
    case "list-full":
      return `${refusal.mask} does not fit: ${refusal.room} keeps at most ${limits.listEntries} bans; /unban takes one off.`;
    case "mode-value-bad":
      // A key is not repeated.
      if (refusal.mode === "key") return `A key has ${keyRule(limits)}.`;
      return `"${refusal.value}" does not do: ${valueRule(refusal.mode)}.`;
    case "realname-bad":
      return `A real name has 1 to ${limits.realnameLength} bytes.`;
    case "no-such-message":
      return "There is no such message, or it is too old.";
    case "cannot-redact":
      return `You cannot take that message in ${refusal.to} back: it is not yours.`;
    case "cannot-redact-there":
      return `You cannot take messages back in ${refusal.to}.`;
    case "id-reused":
      return "Not said: another message was sent under the same id.";
    case "taken-back":
      return "Not said: this message was said before, and taken back.";
    case "not-stored":
      return "Not said: the server cannot store messages at the moment; try again in a while.";
  }
}

function nickRule({ nickLength }: ChatLimits): string {
  const letters = "it has English letters, digits and any of []\\`_^{|}-, the first no digit and no -";
  return `${letters}, at most ${nickLength} characters, and is not the name of a service`;
}

function roomRule({ roomLength }: ChatLimits): string {
  return `it has at most ${roomLength} characters, and no blank, comma, < or >`;
}

function joinWords(room: string, bar: JoinBar): string {
  switch (bar) {
    case "full":
      return `${room} is full; try again when someone has left.`;
    case "invite-only":
      return `${room} is for those who were invited; ask someone who is in it.`;
    case "banned":
      return `You are banned from ${room}; only its operators can change that.`;
    case "key":
      return `${room} has a key, and this is not it; /join ${room} KEY goes in.`;
  }
}

function speechWords(room: string, bar: SpeechBar): string {
  switch (bar) {
    case "outside":
      return `Not said: you are not in ${room}; /join ${room} goes there.`;
    case "moderated":
      return `Not said: only those with a voice may speak in ${room}; its operators give one.`;
    case "banned":
      return `Not said: you are silenced in ${room}; only its operators can change that.`;
    case "no-queries":
      return `Not sent: ${room} takes no queries of programs.`;
  }
}

function keyRule({ keyLength }: ChatLimits): string {
  return `1 to ${keyLength} characters, and no blank or comma`;
}

function valueRule(mode: Exclude<(Refusal & { why: "mode-value-bad" })["mode"], "key">): string {
  switch (mode) {
    case "limit":
      return "a limit is a whole number from 1 on";
    case "ban":
    case "exception":
    case "invitation":
      return "a mask is a nick, or nick!user@host with * and ? for what may differ";
  }
}
