import { dateOf } from "../../text/time.ts";
import type { ChatLimits } from "../model/limits.ts";
import { isAddressKey, METADATA_KEY, METADATA_VALUE } from "../model/metadata.ts";
import type { ListName } from "../model/modes.ts";
import { ROOM_SIGN } from "../model/names.ts";
import type { BanTerms, Refusal } from "../model/refusal.ts";
import { sessionName } from "../model/session.ts";
import { accountWords, counted } from "./accounts.ts";
import { bannedWords, because } from "./events.ts";

/** The parts of a refusal's sentence, without full stops. */
interface Words {
  /** Says what is wrong, and what would work if that is not a command. */
  readonly sentence: string;
  /** The slash command that would work. */
  readonly hint?: string;
  /** Says what would work in a protocol without slash commands. */
  readonly elsewhere?: string;
}

/** A refusal as a sentence with its full stop: what is wrong, and what would work. */
export function wordsFor(refusal: Refusal, limits: ChatLimits): string {
  return `${phraseFor(refusal, limits, true)}.`;
}

/** The sentence of a refusal without its full stop. Without slash commands the hint is another one, or missing. */
export function phraseFor(refusal: Refusal, limits: ChatLimits, hasCommands: boolean): string {
  const { sentence, hint, elsewhere } = partsOf(refusal, limits);
  const help = hasCommands ? hint : elsewhere;
  return help === undefined ? sentence : `${sentence}; ${help}`;
}

/** The sentence of every refusal, the same in every protocol. */
function partsOf(refusal: Refusal, limits: ChatLimits): Words {
  switch (refusal.why) {
    case "nick-taken":
      return { sentence: `${refusal.nick} is in use`, hint: "/nick with another name works" };
    case "nick-registered":
      return {
        sentence: `${refusal.nick} is registered to someone`,
        hint: `/login ${refusal.nick} PASSWORD if that is you`,
        elsewhere: `if that is you, log in by SASL, or take another nick and say /msg NickServ IDENTIFY ${refusal.nick} PASSWORD`,
      };
    case "nick-seated":
      return {
        sentence: `${refusal.nick} is yours, and in use by a guest`,
        hint: `/ghost ${refusal.nick} takes it back`,
        elsewhere: `take another nick, and say /msg NickServ REGAIN ${refusal.nick}`,
      };
    case "login-void":
      return {
        sentence: `You are not logged in: the account ${refusal.account} was removed just now, or has another password`,
      };
    case "nick-kept":
      return {
        sentence: `${refusal.nick} is reserved by the server`,
        hint: `/nick ${refusal.free} works`,
        elsewhere: `${refusal.free} is free`,
      };
    case "nick-alike":
      return {
        sentence: `${refusal.nick} looks like ${refusal.like}, who is somebody else`,
        hint: `/nick ${refusal.free} works`,
        elsewhere: `${refusal.free} is free`,
      };
    case "nick-bad":
      return { sentence: `"${refusal.nick}" cannot be a nick: ${nickRule(limits)}` };
    case "nick-escapes-ban":
      return {
        sentence: `You are muted in ${refusal.room}: leave it before you become ${refusal.nick}`,
        hint: `/leave ${refusal.room} does`,
      };
    case "no-such-nick":
      return { sentence: `Nobody here is called ${refusal.nick}`, hint: "/who tells who is here" };
    case "accounts-only":
      return {
        sentence: `Not said: ${refusal.nick} takes direct messages from accounts only`,
        hint: "/register makes your nick one",
        elsewhere: "REGISTER makes your nick one",
      };
    case "not-your-nick":
      return {
        sentence: `Only the owner of the account ${refusal.nick} takes that nick back: log in to it first`,
      };
    case "nick-had":
      return { sentence: `You are ${refusal.nick} already` };
    case "nick-yours":
      return { sentence: `Another session of yours is ${refusal.nick}: /nick ${refusal.nick} joins it` };
    case "nick-free":
      return { sentence: `Nobody has ${refusal.nick}: /nick ${refusal.nick} takes it` };
    case "no-such-session":
      return { sentence: `You have no session ${sessionName(refusal.id)}` };
    case "session-shared":
      return {
        sentence: `Other sessions are logged in as ${refusal.account} together with this one: connect anew to log in to another account`,
      };
    case "nick-of-account":
      return {
        sentence: `${refusal.nick} is the nick of the account that you are logged in to: take another before you log in to another account`,
      };
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
      return { sentence: accountWords(refusal) };
    case "no-such-room":
      return { sentence: `There is no room ${refusal.room}`, hint: "/rooms lists those there are" };
    case "room-name-bad":
      return { sentence: `"${refusal.room}" cannot be a room's name: it begins with #, and ${roomRule(limits)}` };
    case "room-alike":
      return {
        sentence: `${refusal.room} looks like ${refusal.like}, which is another room`,
        hint: `/join ${refusal.like} goes there`,
      };
    case "not-in-room":
      return { sentence: `You are not in ${refusal.room}`, hint: `/join ${refusal.room} goes there` };
    case "they-not-in-room":
      return {
        sentence: `${refusal.nick} is not in ${refusal.room}`,
        hint: `/who ${refusal.room} tells who is`,
      };
    case "they-in-room":
      return { sentence: `${refusal.nick} is in ${refusal.room} already` };
    case "too-many-invitations":
      return { sentence: invitationWords(refusal) };
    case "cannot-join":
      return joinWords(refusal);
    case "too-many-rooms":
      return {
        sentence: `You are in ${counted(refusal.limit, "room")}, and nobody may be in more`,
        hint: `/leave one before you join ${refusal.room}`,
      };
    case "too-many-new-rooms":
      return {
        sentence: newRoomsWords(refusal),
        hint: "rooms that are there can be joined: /rooms lists them",
      };
    case "cannot-say":
      return speechWords(refusal);
    case "not-operator":
      return {
        sentence: `Only an operator of ${refusal.room} may do that`,
        hint: `/who ${refusal.room} tells who is one`,
      };
    case "cannot-ban-self":
      return { sentence: "You cannot ban or mute yourself", hint: `/leave ${refusal.room} leaves` };
    case "last-operator":
      return {
        sentence: `${refusal.nick} is the last operator of ${refusal.room}: only an operator of the server can kick the last one`,
      };
    case "not-server-operator":
      return {
        sentence: "Only an operator of this server may do that",
        hint: "/oper NAME PASSWORD makes you one",
      };
    case "room-name-taken":
      return { sentence: `${refusal.to} is the name of a room already, or of a closed room whose history is kept` };
    case "cannot-rename":
      return renameWords(refusal, limits);
    case "room-stays":
      return { sentence: `${refusal.room} belongs to the server, and cannot be dropped` };
    case "server-banned":
      return { sentence: bannedWords(refusal) };
    case "server-ban-bad":
      return {
        sentence: `"${refusal.target}" cannot be banned: give a nick, a:ACCOUNT, nick!user@host, an address, or a network such as 10.0.0.0/8 or 2001:db8::/32`,
      };
    case "server-ban-wide":
      return {
        sentence: `${refusal.target} means nearly everyone: say more of the nick, account or host, or a network of at least /8 (IPv6: /16)`,
      };
    case "server-ban-own":
      return {
        sentence: `${refusal.target} means you too: ban an account (a:NAME), a nick (NAME!*@*) or a smaller network`,
      };
    case "server-ban-unknown":
      return { sentence: `There is no ban of ${refusal.target} to lift` };
    case "server-bans-full":
      return { sentence: `The server keeps at most ${refusal.limit} bans: lift one first` };
    case "nothing-to-say":
      return { sentence: `There is no text to say to ${refusal.to}` };
    case "message-too-long":
      return { sentence: `Not said: a message has at most ${refusal.limit} ${refusal.unit}; say it in several` };
    case "list-full":
      return {
        sentence: `${refusal.mask} does not fit: ${refusal.room} keeps at most ${limits.listEntries} ${ENTRIES[refusal.list]}`,
        ...(refusal.list === "ban" ? { hint: "/unban takes one off" } : {}),
      };
    case "mode-value-bad":
      // The key itself is secret: it is not repeated.
      if (refusal.mode === "key") return { sentence: `A key has ${keyRule(limits)}` };
      return {
        sentence: `${refusal.value === "" ? "A parameter is missing" : `"${refusal.value}" is not valid`}: ${valueRule(refusal.mode)}`,
      };
    case "realname-bad":
      return { sentence: `A real name has 1 to ${limits.realnameLength} bytes` };
    case "metadata-target-bad":
      return { sentence: `There is no member and no room called ${refusal.target}`, hint: "/who tells who is here" };
    case "metadata-forbidden":
      return { sentence: forbiddenWords(refusal) };
    case "metadata-key-bad":
      return {
        sentence: `"${refusal.key}" cannot be a key of metadata: keys have small letters, digits and any of _./-, at most ${METADATA_KEY} characters`,
      };
    case "metadata-value-bad":
      return {
        sentence: isAddressKey(refusal.key)
          ? `The value of ${refusal.key} is not the address of a page, such as https://example.org, in ${METADATA_VALUE} bytes`
          : `The value of ${refusal.key} is not 1 to ${METADATA_VALUE} bytes of text`,
      };
    case "token-name-bad":
      return {
        sentence: `"${refusal.name}" cannot be a name: it has a letter, and up to 19 letters, digits, dashes and underscores behind it`,
      };
    case "token-name-taken":
      return { sentence: `There is a webhook ${refusal.name} already`, hint: "/hook remove ends it" };
    case "tokens-full":
      return {
        sentence: `There are ${refusal.limit} ${TOKENS[refusal.kind].many} already, and that is the most`,
        hint: `${TOKENS[refusal.kind].command} remove ends one`,
      };
    case "hook-needs-account":
      return {
        sentence: `A webhook ends with its maker's rank: only an account that operates ${refusal.room} makes one`,
        hint: "/register makes your nick one",
      };
    case "hooks-off":
      return { sentence: "This server posts nothing to outside: its operator has not allowed outgoing webhooks" };
    case "invitation-unknown":
      return { sentence: "That invitation link has ended, or was never made: ask for another" };
    case "hook-unknown":
      return { sentence: "There is no such webhook, or it has ended", hint: "/hook add makes one" };
    case "push-guest":
      return { sentence: "Log in first: notifications go to an account" };
    case "push-full":
      return {
        sentence: `Your account has ${counted(refusal.limit, "push subscription")} already, and that is the most: unregister one first`,
      };
    case "metadata-full":
      return {
        sentence: `${refusal.target === "*" ? "Your metadata" : `The metadata of ${refusal.target}`} has ${refusal.limit} keys already, and that is the most`,
      };
    case "metadata-often":
      return { sentence: `You have changed your metadata too often; try again in ${refusal.seconds} s` };
    case "no-such-message":
      return { sentence: "There is no such message, or it is too old" };
    case "cannot-redact":
      return { sentence: `You cannot take that message in ${refusal.to} back: it is not yours` };
    case "cannot-redact-there":
      return { sentence: `You cannot take messages back in ${refusal.to}` };
    case "reaction-same":
      return { sentence: refusal.isOn ? "You have reacted with that already" : "You have not reacted with that" };
    case "id-reused":
      return { sentence: "Not said: another message was sent under the same id" };
    case "taken-back":
      return { sentence: "Not said: this message was said before, and taken back" };
    case "not-stored":
      return { sentence: `${NOT_DONE[refusal.what]}: nothing can be stored at present; try again later` };
    case "no-majority":
      return { sentence: "Not done: this server cannot reach the others at present; try again later" };
  }
}

const TOKENS = {
  login: { many: "tokens", command: "/token" },
  hook: { many: "webhooks", command: "/hook" },
  outgoing: { many: "outgoing webhooks", command: "/hook" },
  invitation: { many: "invitation links", command: "/invite" },
} as const;

const NOT_DONE = {
  message: "Not said",
  removal: "Not taken back",
  subscription: "Not subscribed",
  marker: "Not marked as read",
  name: "Not renamed",
  token: "Not done",
} as const;

const ENTRIES: Readonly<Record<ListName, string>> = {
  ban: "bans",
  exception: "exceptions from bans",
  invitation: "exceptions from invitations",
};

function nickRule({ nickLength }: ChatLimits): string {
  const letters = "it has English letters, digits and any of []\\`_^{|}-, the first no digit and no -";
  return `${letters}, at most ${nickLength} characters, and is not the name of a service`;
}

function roomRule({ roomLength }: ChatLimits): string {
  return `it has at most ${roomLength} characters, and no blank, comma, <, > or ://`;
}

function renameWords(
  { room, to, obstacle, like, seconds }: Refusal & { why: "cannot-rename" },
  limits: ChatLimits,
): Words {
  switch (obstacle) {
    case "lobby":
      return { sentence: `${room} belongs to the server, and keeps its name` };
    case "name-bad":
      return { sentence: `"${to}" cannot be a room's name: it begins with #, and ${roomRule(limits)}` };
    case "alike":
      return { sentence: `${to} looks like ${like}, which is another room` };
    case "recent":
      return { sentence: `${room} was renamed a moment ago; another name works in ${seconds} s` };
  }
}

function invitationWords({ nick, of, limit, seconds }: Refusal & { why: "too-many-invitations" }): string {
  const whose = of === "sender" ? `You have sent ${limit} invitations` : `${nick} was sent ${limit} invitations`;
  return `${whose} within a minute: try again in ${seconds} s`;
}

function newRoomsWords({ most, seconds }: Refusal & { why: "too-many-new-rooms" }): string {
  const wait = seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
  return `${most} new rooms were opened from your address in ten minutes, and that is the most; another works in ${wait}`;
}

/** A ban that has no end is its operators' to change. */
function banWords(start: string, { until, reason }: BanTerms = { until: undefined, reason: "" }): string {
  if (until === undefined) return `${start}${because(reason)}; only its operators can change that`;
  return `${start} until ${dateOf(until)}${because(reason)}`;
}

function joinWords({ room, obstacle, ban }: Refusal & { why: "cannot-join" }): Words {
  switch (obstacle) {
    case "full":
      return { sentence: `${room} is full; try again when someone has left` };
    case "invite-only":
      return { sentence: `${room} is for invited people only; ask someone who is in it` };
    case "banned":
      return { sentence: banWords(`You are banned from ${room}`, ban) };
    case "key":
      return { sentence: `${room} has a key, and this is not it`, hint: `/join ${room} KEY goes in` };
  }
}

function speechWords({ room, obstacle, ban }: Refusal & { why: "cannot-say" }): Words {
  switch (obstacle) {
    case "outside":
      return { sentence: `Not said: you are not in ${room}`, hint: `/join ${room} goes there` };
    case "moderated":
      return { sentence: `Not said: only those with a voice may speak in ${room}; its operators give one` };
    case "banned":
      return { sentence: banWords(`Not said: you are banned from ${room}`, ban) };
    case "muted":
      return { sentence: banWords(`Not said: you are muted in ${room}`, ban) };
    case "no-queries":
      return { sentence: `Not sent: ${room} takes no queries of programs` };
  }
}

function forbiddenWords({ target, key }: Refusal & { why: "metadata-forbidden" }): string {
  if (!target.startsWith(ROOM_SIGN)) return `Only ${target} and server operators may change the metadata of ${target}`;
  return key === "*"
    ? `Only those in ${target} may see its metadata, and only its operators may change it`
    : `Only an operator of ${target} may change its metadata`;
}

function keyRule({ keyLength }: ChatLimits): string {
  return `1 to ${keyLength} characters, no blank or comma, and no colon first`;
}

function valueRule(mode: Exclude<(Refusal & { why: "mode-value-bad" })["mode"], "key">): string {
  switch (mode) {
    case "limit":
      return "a limit is a whole number from 1 on";
    case "history":
      return "how long messages are kept is 7d, 12h or 45m, or off for not at all";
    case "ban":
    case "exception":
    case "invitation":
      return "a mask is a nick, or nick!user@host with * and ? for what may differ";
  }
}
