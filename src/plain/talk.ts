import type { Member } from "../chat/member.ts";
import { ROOM_SIGN } from "../chat/names.ts";
import type { Past } from "../chat/past.ts";
import type { Remembered } from "../chat/store.ts";
import { type Folded, fold } from "../text/fold.ts";
import { type Ask, type AskHere, type Command, cut, type Desk, fits, memberCalled } from "./desk.ts";
import { note, recall } from "./render.ts";

const HISTORY = 50; // messages that /history shows if no number is given
const MOST_HISTORY = 1000;

/** Commands for talking: what is said, to whom, and what was said before. */
export const TALK: readonly Command[] = [
  {
    name: "msg",
    aliases: ["m", "tell", "query", "dm"],
    usage: "NICK TEXT",
    least: 2,
    help: "says something to one person alone",
    here: false,
    run: msg,
  },
  {
    name: "me",
    aliases: ["action"],
    usage: "TEXT",
    least: 1,
    help: "says what you do: * ann waves",
    here: true,
    run: me,
  },
  {
    name: "history",
    aliases: ["log", "last"],
    usage: "[NUMBER]",
    least: 0,
    help: `shows what was said in this room: the last ${HISTORY} messages, or as many as you say`,
    here: true,
    run: history,
  },
  {
    name: "ignore",
    aliases: [],
    usage: "[NICK]",
    least: 0,
    help: "hides what someone says, and shows it again if given twice; alone, tells whom you ignore",
    here: false,
    run: ignore,
  },
  {
    name: "echo",
    aliases: [],
    usage: "[on|off]",
    least: 0,
    help: "whether you are shown what you say: off is for a terminal that shows what you type",
    here: false,
    run: echo,
  },
  {
    name: "away",
    aliases: ["afk"],
    usage: "[TEXT]",
    least: 0,
    help: "tells those who write to you that you are away; alone, also ends that",
    here: false,
    run: away,
  },
  {
    name: "back",
    aliases: [],
    usage: "",
    least: 0,
    help: "ends being away",
    here: false,
    run: back,
  },
];

function msg({ desk, words }: Ask): void {
  const [to, text] = cut(words);
  desk.act({ type: "say", to, manner: "words", text });
}

function me({ desk, words, room }: AskHere): void {
  desk.act({ type: "say", to: room.name, manner: "action", text: words });
}

function history({ desk, member, words, room }: AskHere): void {
  const limit = words === "" ? HISTORY : Number(words);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_HISTORY) {
    return desk.note(`"${words}" is no number from 1 to ${MOST_HISTORY}: /history 200 shows the last 200 messages.`);
  }
  const latest = { which: "latest", after: undefined } as const;
  const past = desk.server.chat.past(member, room.name, latest, { limit, playback: false }) ?? [];
  desk.draw(told(room.name, recall(messagesIn(past), desk.view, desk.server.clock())));
}

function* messagesIn(past: Iterable<Past>): Generator<Remembered> {
  for (const event of past) if (event.type === "said") yield event;
}

function* told(room: string, lines: Iterable<string>): Generator<string> {
  let any = false;
  for (const line of lines) {
    any = true;
    yield line;
  }
  yield note(any ? `That was said in ${room} so far.` : `Nothing has been said in ${room} yet.`);
}

function ignore({ desk, member, words }: Ask): void {
  const { ignored } = desk;
  const [nick] = cut(words);
  if (nick === "")
    return desk.note(ignored.size === 0 ? "You ignore nobody." : `You ignore ${[...ignored].join(", ")}.`);
  const changed = new Set(ignored);
  if (changed.delete(fold(nick))) {
    desk.ignore(changed);
    return desk.note(`You see again what ${nick} says.`);
  }
  if (!mayIgnore(desk, member, nick, changed)) return;
  desk.ignore(changed.add(fold(nick)));
  desk.note(`You do not see any more what ${nick} says; /ignore ${nick} once more ends that.`);
}

function mayIgnore(desk: Desk, member: Member, nick: string, ignored: ReadonlySet<Folded>): boolean {
  const most = desk.server.chat.limits.ignoredNicks;
  if (nick.startsWith(ROOM_SIGN)) desk.note("Only people can be ignored; /leave leaves a room.");
  else if (fold(nick) === fold(member.nick)) desk.note("You cannot ignore yourself.");
  else if (most > 0 && ignored.size >= most) desk.note(`You ignore ${most} people, and cannot ignore more.`);
  else return memberCalled(nick, desk) !== undefined;
  return false;
}

function echo({ desk, words }: Ask): void {
  const wanted = words.toLowerCase();
  if (!["", "on", "off"].includes(wanted)) return desk.note(`"${words}" is neither on nor off.`);
  if (wanted !== "") desk.echoes = wanted === "on";
  if (desk.echoes) desk.note("You are shown what you say, once it is stored; /echo off ends that.");
  else desk.note("You are not shown what you say; /echo on ends that.");
}

function away(ask: Ask): void {
  const { desk, member, words } = ask;
  if (words === "" && member.away !== "") return back(ask);
  if (fits(ask, words)) desk.act({ type: "set-away", text: words || "away" });
}

function back({ desk, member }: Ask): void {
  if (member.away === "") desk.note("You are not away.");
  else desk.act({ type: "set-away", text: "" });
}
