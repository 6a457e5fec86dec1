import type { HistoryEntry } from "../chat/history.ts";
import type { EventOf } from "../chat/model/event.ts";
import type { Member } from "../chat/model/member.ts";
import { isNick, ROOM_SIGN } from "../chat/model/names.ts";
import type { Whose } from "../chat/rules/lookup.ts";
import type { StoredMessage } from "../chat/store.ts";
import { emojiIn } from "../text/emoji.ts";
import { type Folded, fold } from "../text/fold.ts";
import {
  type Command,
  type CommandContext,
  findMember,
  firstWord,
  fitsTopicLength,
  type Invocation,
  type RoomInvocation,
  refuse,
  refuseNoRoom,
} from "./context.ts";
import { type AnswerLine, renderHistory } from "./history.ts";

const HISTORY = 50; // messages that /history shows if no number is given
const MOST_HISTORY = 1000;
const EMOJI = 64; // bytes of a reaction

/** Short names of metadata keys. */
const KEYS: Readonly<Record<string, string>> = { name: "display-name", colour: "color", homepage: "url" };

/** Commands for talking: one's own profile, messages and reactions, history, ignoring, being away. */
export const TALK: readonly Command[] = [
  {
    name: "profile",
    aliases: [],
    usage: "[KEY [TEXT]]",
    minWords: 0,
    help: "shows what others see of you, or sets a part of it: name, color, url, pronouns, status, …; /profile KEY - removes it",
    needsRoom: false,
    run: profile,
  },
  {
    name: "msg",
    aliases: ["m", "tell", "query", "dm"],
    usage: "NICK TEXT",
    minWords: 2,
    help: "sends a direct message to one person",
    isBasic: true,
    ircCommand: "PRIVMSG",
    needsRoom: false,
    run: msg,
  },
  {
    name: "me",
    aliases: ["action"],
    usage: "TEXT",
    minWords: 1,
    help: "says what you do: * ann waves",
    ircCommand: "PRIVMSG with CTCP ACTION",
    needsRoom: true,
    run: me,
  },
  {
    name: "history",
    aliases: ["log", "last"],
    usage: "[NUMBER]",
    minWords: 0,
    help: `shows what was said in this room: the last ${HISTORY} messages, or as many as you say`,
    isBasic: true,
    needsRoom: true,
    run: history,
  },
  {
    name: "ignore",
    aliases: [],
    usage: "[NICK]",
    minWords: 0,
    help: "hides someone's messages and reactions, also in history, and shows them again if given twice; an account keeps the list for all its sessions",
    needsRoom: false,
    run: ignore,
  },
  {
    name: "unignore",
    aliases: [],
    usage: "NICK",
    minWords: 1,
    help: "shows someone's messages again",
    needsRoom: false,
    run: unignore,
  },
  {
    name: "ignored",
    aliases: ["ignores"],
    usage: "",
    minWords: 0,
    help: "lists whom you ignore",
    needsRoom: false,
    run: ({ context }) => listIgnored(context),
  },
  {
    name: "echo",
    aliases: [],
    usage: "[on|off]",
    minWords: 0,
    help: "with nc, turns the echo of your own messages on or off: off suits a terminal that shows what you type",
    ircCommand: "CAP REQ echo-message",
    needsRoom: false,
    run: echo,
  },
  {
    name: "away",
    aliases: ["afk"],
    usage: "[TEXT]",
    minWords: 0,
    help: "tells people who write to you that you are away; without TEXT, also ends being away",
    needsRoom: false,
    run: away,
  },
  {
    name: "back",
    aliases: [],
    usage: "",
    minWords: 0,
    help: "ends being away",
    needsRoom: false,
    run: back,
  },
  {
    name: "reply",
    aliases: ["re"],
    usage: "NICK TEXT",
    minWords: 2,
    help: "answers the last message of NICK in this room",
    needsRoom: true,
    run: reply,
  },
  {
    name: "react",
    aliases: [],
    usage: "EMOJI [NICK]",
    minWords: 1,
    help: "reacts to the last message of others here, or to the last of NICK; EMOJI is one, or a name such as heart",
    needsRoom: false,
    run: (invocation) => react(invocation, "+draft/react"),
  },
  {
    name: "unreact",
    aliases: [],
    usage: "EMOJI [NICK]",
    minWords: 1,
    help: "takes a reaction back",
    needsRoom: false,
    run: (invocation) => react(invocation, "+draft/unreact"),
  },
  {
    name: "undo",
    aliases: ["takeback"],
    usage: "[NICK]",
    minWords: 0,
    help: "takes back what you said last here, or last to NICK: it is shown to nobody any more",
    needsRoom: false,
    run: undo,
  },
  {
    name: "redact",
    aliases: ["delete"],
    usage: "NICK [REASON]",
    minWords: 1,
    help: "deletes the last message of NICK in this room",
    who: "operator",
    needsRoom: true,
    run: redact,
  },
];

function msg({ context, words }: Invocation): void {
  const [to, text] = firstWord(words);
  context.act({ type: "say", to, kind: "words", text });
}

function me({ context, words, room }: RoomInvocation): void {
  context.act({ type: "say", to: room.name, kind: "action", text: words });
}

function history({ context, member, words, room }: RoomInvocation): void {
  if (!member.rooms.has(room)) return refuse(context, { why: "not-in-room", room: room.name });
  const limit = words === "" ? HISTORY : Number(words);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_HISTORY) {
    return context.deny(
      "bad-value",
      `"${words}" is no number from 1 to ${MOST_HISTORY}: /history 200 shows the last 200 messages.`,
    );
  }
  const latest = { which: "latest", after: undefined } as const;
  const past =
    context.server.chat.readHistory(member, room.name, latest, { limit, playback: false, ignored: context.ignored }) ??
    [];
  context.stream(withEnd(room.name, renderHistory(messagesIn(past), context.view, context.server.clock())));
}

function* messagesIn(past: Iterable<HistoryEntry>): Generator<StoredMessage> {
  for (const event of past) if (event.type === "said") yield event;
}

/** Adds the closing sentence of `/history`. */
function* withEnd(room: string, lines: Iterable<AnswerLine>): Generator<AnswerLine> {
  let isEmpty = true;
  for (const line of lines) {
    isEmpty = false;
    yield line;
  }
  yield isEmpty ? `Nothing has been said in ${room} yet.` : `That was said in ${room} so far.`;
}

function ignore({ context, member, words }: Invocation): void {
  const nicks = words.split(/\s+/).filter((nick) => nick !== "");
  if (nicks.length === 0) return listIgnored(context);
  const changed = new Set(context.ignored);
  for (const nick of nicks) {
    if (changed.delete(keyOf(context, nick))) context.say(`You see again what ${nick} says.`);
    else if (mayIgnore(context, member, nick, changed)) {
      changed.add(keyOf(context, nick));
      const here = context.server.chat.member(nick) ? "" : `Nobody here is called ${nick} now. `;
      context.say(`${here}You do not see any more what ${nick} says; /ignore ${nick} once more ends that.`);
    }
  }
  context.ignore(changed);
}

function unignore({ context, words }: Invocation): void {
  const changed = new Set(context.ignored);
  for (const nick of words.split(/\s+/)) {
    const isRemoved = [keyOf(context, nick), fold(nick)].filter((key) => changed.delete(key)).length > 0;
    if (isRemoved) context.say(`You see again what ${nick} says.`);
    else context.deny("nothing-to-do", `You do not ignore ${nick}; /ignored lists whom you ignore.`);
  }
  if (changed.size !== context.ignored.size) context.ignore(changed);
}

function listIgnored(context: CommandContext): void {
  const { ignored } = context;
  context.say(ignored.size === 0 ? "You ignore nobody." : `You ignore ${[...ignored].join(", ")}.`);
}

/** The name by which a person is ignored: of an account its name, whatever nick it uses. */
function keyOf({ server, ignored }: CommandContext, nick: string): Folded {
  const key = fold(nick);
  return ignored.has(key) ? key : fold(server.chat.member(nick)?.who.account?.name ?? nick);
}

function mayIgnore(context: CommandContext, member: Member, nick: string, ignored: ReadonlySet<Folded>): boolean {
  const { ignoredNicks: most, nickLength } = context.server.chat.limits;
  if (nick.startsWith(ROOM_SIGN)) context.deny("cannot-ignore", "Only people can be ignored; /leave leaves a room.");
  else if ([member.nick, member.who.account?.name ?? ""].some((own) => fold(nick) === fold(own)))
    context.deny("cannot-ignore", "You cannot ignore yourself.");
  else if (most > 0 && ignored.size >= most)
    context.deny("cannot-ignore", `You ignore ${most} people, and cannot ignore more.`);
  else return isNick(nick, nickLength) || findMember(nick, context) !== undefined;
  return false;
}

function echo({ context, words }: Invocation): void {
  const { screen } = context;
  if (!screen) return;
  const wanted = words.toLowerCase();
  if (!["", "on", "off"].includes(wanted)) return context.deny("bad-value", `"${words}" is neither on nor off.`);
  if (wanted !== "") screen.echoes = wanted === "on";
  if (screen.echoes) context.say("You are shown what you say, once it is stored; /echo off ends that.");
  else context.say("You are not shown what you say; /echo on ends that.");
}

function away(invocation: Invocation): void {
  const { context, member, words } = invocation;
  if (words === "" && member.away !== "") return back(invocation);
  if (fitsTopicLength(invocation, words)) context.act({ type: "set-away", text: words || "away" });
}

function back({ context, member }: Invocation): void {
  if (member.away === "") context.deny("nothing-to-do", "You are not away.");
  else context.act({ type: "set-away", text: "" });
}

/** The empty list of ignored nicks. */
export const NOBODY: ReadonlySet<Folded> = new Set();

/** The ignored nicks after a rename of one of them; `undefined` if nothing changes. */
export function ignoredAfterRename(
  { who, nick }: EventOf<"renamed">,
  ignored: ReadonlySet<Folded>,
): ReadonlySet<Folded> | undefined {
  if (!ignored.has(fold(who.nick))) return undefined;
  const changed = new Set(ignored);
  changed.delete(fold(who.nick));
  return changed.add(fold(nick));
}

/** The ignored nicks after a login: the session's and the account's together. */
export function ignoredAfterLogin(ignored: ReadonlySet<Folded>, accounts: readonly Folded[]): ReadonlySet<Folded> {
  return accounts.every((nick) => ignored.has(nick)) ? ignored : new Set([...ignored, ...accounts]);
}

function profile({ context, member, words }: Invocation): void {
  const [given, text] = firstWord(words);
  if (given === "") return context.stream(ownLines(member));
  const key = KEYS[given.toLowerCase()] ?? given.toLowerCase();
  if (text === "") return context.say(partWords(member, key));
  const value = text === "-" ? undefined : text;
  if (key === "color" && value !== undefined && !/^#[0-9a-f]{6}$/i.test(value))
    return context.deny(
      "bad-value",
      `"${value}" is no colour: that is # and six hex digits, such as #ff8800 for orange.`,
    );
  context.act({ type: "set-metadata", target: undefined, key, value }, (outcome) => {
    if (outcome === "refused") return;
    context.say(value === undefined ? `Your profile has no ${key} now.` : `Your ${key} is now: ${value}`);
  });
}

function* ownLines({ metadata }: Member): Generator<string> {
  if (metadata.size === 0) yield "Your profile is empty; /profile name TEXT gives you a display name.";
  for (const [key, value] of metadata) yield `Your ${key}: ${value}`;
}

function partWords({ metadata }: Member, key: string): string {
  const value = metadata.get(key);
  return value === undefined ? `Your profile has no ${key}; /profile ${key} TEXT sets it.` : `Your ${key}: ${value}`;
}

/** Tells another member's metadata, for /whois. */
export function tellProfile(context: CommandContext, { nick, metadata }: Member): void {
  for (const [key, value] of metadata) context.say(`${nick} gives as ${key}: ${value}`);
}

function reply({ context, words, room }: RoomInvocation): void {
  const [nick, text] = firstWord(words);
  const answered = latestOf(context, room.name, { nick: fold(nick) });
  if (!answered) return denyMessage(context, room.name, nick);
  context.act({ type: "say", to: room.name, kind: "words", text, tags: new Map([["+draft/reply", answered.msgid]]) });
}

function react({ context, member, words }: Invocation, tag: "+draft/react" | "+draft/unreact"): void {
  const { typedIn } = context;
  const [word, rest] = firstWord(words);
  const [nick] = firstWord(rest);
  if (typedIn === "*") return refuseNoRoom(context, member);
  const emoji = emojiIn(word);
  if (emoji === undefined)
    return context.deny("bad-value", `"${word}" is no emoji: /react 👍, or a name such as heart or +1.`);
  if (Buffer.byteLength(emoji) > EMOJI) return context.deny("bad-value", `"${emoji}" is too long for a reaction.`);
  const message = latestOf(context, typedIn, nick === "" ? "others" : { nick: fold(nick) });
  if (!message) return denyMessage(context, typedIn, nick);
  const tags = new Map([
    [tag, emoji],
    ["+draft/reply", message.msgid],
  ]);
  context.act({ type: "signal", to: typedIn, tags });
}

function undo({ context, member, words }: Invocation): void {
  const [nick] = firstWord(words);
  const target = nick === "" ? context.typedIn : nick;
  if (target === "*") return refuseNoRoom(context, member);
  const message = latestOf(context, target, "own");
  if (!message) return context.deny("nothing-to-do", `You have said nothing ${at(target)} that could be taken back.`);
  context.act({ type: "redact", target, msgid: message.msgid, reason: "" });
}

function redact({ context, words, room }: RoomInvocation): void {
  const [nick, reason] = firstWord(words);
  const message = latestOf(context, room.name, { nick: fold(nick) });
  if (!message) return denyMessage(context, room.name, nick);
  context.act({ type: "redact", target: room.name, msgid: message.msgid, reason });
}

function latestOf({ server, session }: CommandContext, target: string, whose: Whose): StoredMessage | undefined {
  return session.member && server.chat.latestMessage(session.member, target, whose);
}

function denyMessage(context: CommandContext, target: string, nick: string): void {
  if (!isSomebody(context, nick)) return refuse(context, { why: "no-such-nick", nick });
  const who = nick === "" ? "Nobody else has said anything" : `${nick} has said nothing`;
  context.deny("nothing-to-do", `${who} ${at(target)} lately.`);
}

/** Whether there is a member or an account of this nick, or the nick was left out. */
function isSomebody({ server }: CommandContext, nick: string): boolean {
  return nick === "" || server.chat.member(nick) !== undefined || server.accounts.find(nick) !== undefined;
}

function at(target: string): string {
  return target.startsWith(ROOM_SIGN) ? `in ${target}` : `to ${target}`;
}
