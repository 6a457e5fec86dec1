import { durationWords, meantWords } from "../chat/ban-words.ts";
import { type BanOrder, banMaskFor, banOrderOf, bansOn, nickIn } from "../chat/bans.ts";
import { governs } from "../chat/govern.ts";
import { type Mask, parseMask } from "../chat/masks.ts";
import { FLAGS, type Flag, type ModeChange, type Rank } from "../chat/modes.ts";
import type { Entry, Room } from "../chat/room.ts";
import { lengthOf } from "../text/duration.ts";
import { fold } from "../text/fold.ts";
import { nearest } from "../text/nearest.ts";
import { type AskHere, type Command, cut, fits } from "./desk.ts";
import { note } from "./render.ts";

const SETTINGS: readonly string[] = [...FLAGS, "key", "limit"];

/** Commands for a room's operators. */
export const GOVERN: readonly Command[] = [
  {
    name: "kick",
    aliases: ["k"],
    usage: "NICK [TEXT]",
    least: 1,
    help: "sends someone out of this room",
    here: true,
    run: kick,
  },
  {
    name: "ban",
    aliases: [],
    usage: "NICK|MASK [10m|2h|7d] [TEXT]",
    least: 0,
    help: "sends someone out of this room and keeps them out, for good or for a while",
    here: true,
    run: (ask) => (ask.words === "" ? bans(ask) : ban(ask)),
  },
  {
    name: "unban",
    aliases: [],
    usage: "NICK|MASK",
    least: 1,
    help: "lifts a ban",
    here: true,
    run: (ask) => lift(ask, ""),
  },
  {
    name: "mute",
    aliases: [],
    usage: "NICK|MASK [10m|2h|7d] [TEXT]",
    least: 1,
    help: "lets someone be here, but not speak",
    here: true,
    run: (ask) => void setMask(ask, "m:"),
  },
  {
    name: "unmute",
    aliases: [],
    usage: "NICK|MASK",
    least: 1,
    help: "lets someone speak again",
    here: true,
    run: (ask) => lift(ask, "m:"),
  },
  {
    name: "bans",
    aliases: ["mutes"],
    usage: "",
    least: 0,
    help: "lists who is banned or may not speak here, by whom, and what remains",
    here: true,
    run: bans,
  },
  rankCommand("op", "operator", true, "makes someone an operator of this room"),
  rankCommand("deop", "operator", false, "makes someone an operator no more"),
  rankCommand("voice", "voice", true, "lets someone speak where only those with a voice may"),
  rankCommand("devoice", "voice", false, "takes a voice away"),
  {
    name: "set",
    aliases: ["mode"],
    usage: "[NAME on|off]",
    least: 0,
    help: "shows or changes how this room is",
    here: true,
    run: set,
  },
];

function rankCommand(name: string, rank: Rank, on: boolean, help: string): Command {
  return {
    name,
    aliases: [],
    usage: "NICK",
    least: 1,
    help,
    here: true,
    run: (ask) => {
      const [nick] = cut(ask.words);
      change(ask, { mode: rank, on, nick }, `Nothing to do: ${nick} has ${on ? "" : "not "}got that already.`);
    },
  };
}

/** Puts a mask on the list of bans; answers the order, and the mask as it is on the list now, if it is. */
function setMask(ask: AskHere, prefix: string): { readonly order: BanOrder; readonly mask: Mask } | undefined {
  const { desk, member, room, words } = ask;
  const order = banOrderOf(words);
  if ("badDuration" in order) {
    desk.note(`${durationWords(order.badDuration)}.`);
    return undefined;
  }
  const { target, lasts, reason } = order;
  if (!fits(ask, reason)) return undefined;
  const against = banMaskFor(prefix + target, member, desk.server);
  const otherwise = `Nothing to do: ${target} is on the list already; /bans shows it.`;
  change(ask, { mode: "ban", on: true, ...against, lasts, reason: reason || undefined }, otherwise);
  const parsed = parseMask(against.mask);
  const entry = parsed && room.lists.ban.get(fold(parsed.text));
  return entry && { order, mask: entry.mask };
}

/** Keeps someone out, and puts out whoever is here that the ban means; operators only if they were named. */
function ban(ask: AskHere): void {
  const { desk, member, room } = ask;
  const set = setMask(ask, "");
  if (!set || !governs(member, room)) return;
  const named = desk.server.chat.member(set.order.target);
  const meant = [...room.members.keys()].filter(
    (other) => other !== member && set.mask.matches(other.who) && (other === named || !room.isOperator(other)),
  );
  for (const { nick } of meant) desk.act({ type: "kick", room: room.name, nick, reason: set.order.reason });
}

function lift({ desk, room, words }: AskHere, prefix: string): void {
  const [given] = cut(words);
  const found = desk.server.chat.member(given);
  const entries = bansOn(room, prefix + given, found).map(({ mask, whom }) => ({ mask: mask.text, whom }));
  // One that is not on the list is asked for all the same: who may not is told so.
  const asked = entries.length > 0 ? entries : [{ mask: prefix + given }];
  const changes = asked.map((entry) => ({ mode: "ban", on: false, ...entry }) as const);
  if (desk.act({ type: "change-modes", room: room.name, changes })) return;
  desk.note(`Nothing to do: ${given} is not on the list; /bans shows it.`);
}

function change({ desk, room }: AskHere, change: ModeChange, otherwise: string): void {
  if (!desk.act({ type: "change-modes", room: room.name, changes: [change] })) desk.note(otherwise);
}

function kick(ask: AskHere): void {
  const [nick, reason] = cut(ask.words);
  if (fits(ask, reason)) ask.desk.act({ type: "kick", room: ask.room.name, nick, reason });
}

function bans({ desk, room }: AskHere): void {
  const list = [...room.lists.ban.values()];
  if (list.length === 0) return desk.note(`Nobody is banned from ${room.name}.`);
  const now = desk.server.steady();
  desk.draw(list.map((entry) => note(banLine(entry, room, now))));
}

function banLine({ mask, whom, by, until, reason }: Entry, room: Room, now: number): string {
  const who = meantWords(nickIn(mask.text), whom);
  const what = mask.muting ? `${who} may not speak in` : `${who} is banned from`;
  const details = [
    by === "" ? "" : `by ${by.split("!")[0]}`,
    until === undefined ? "" : `${lengthOf(until - now)} left`,
  ];
  const shown = details.filter((detail) => detail !== "").join(", ");
  return `${what} ${room.name}${shown === "" ? "" : ` (${shown})`}${reason === "" ? "" : `: ${reason}`}`;
}

function set(ask: AskHere): void {
  const { desk, room, words } = ask;
  const [name, value] = cut(words);
  if (name === "") return desk.note(`${settings(room)} What can be set: ${SETTINGS.join(", ")}.`);
  const wanted = name.toLowerCase();
  if (!SETTINGS.includes(wanted)) return desk.note(unknown(name));
  if (value === "") return desk.note(`${settings(room)} /set ${wanted} ${usageOf(wanted)} changes that.`);
  const made = changeOf(wanted, value);
  if (!made) return desk.note(`"${value}" does not do: /set ${wanted} ${usageOf(wanted)}`);
  change(ask, made, `Nothing to do: ${room.name} is so already.`);
}

function changeOf(name: string, value: string): ModeChange | undefined {
  const isOff = value.toLowerCase() === "off";
  if (name === "key") return { mode: "key", on: !isOff, key: value };
  if (name === "limit") {
    if (!isOff && !/^\d{1,9}$/.test(value)) return undefined;
    return { mode: "limit", on: !isOff, limit: isOff ? 0 : Number(value) };
  }
  const flag = FLAGS.find((each) => each === name);
  const isOn = value.toLowerCase() === "on";
  return flag && (isOn || isOff) ? { mode: flag, on: isOn } : undefined;
}

function usageOf(name: string): string {
  if (name === "key") return "WORD|off";
  return name === "limit" ? "NUMBER|off" : "on|off";
}

function unknown(name: string): string {
  const near = nearest(name, SETTINGS);
  return near === undefined
    ? `A room has no "${name}"; it has ${SETTINGS.join(", ")}.`
    : `A room has no "${name}". Did you mean ${near}?`;
}

function settings({ name, flags, password, limit }: Room): string {
  const on: string[] = [...flags].sort((a: Flag, b: Flag) => FLAGS.indexOf(a) - FLAGS.indexOf(b));
  if (limit !== undefined) on.push(`limit ${limit}`);
  if (password !== undefined) on.push(`key ${password}`);
  return on.length === 0 ? `${name} has nothing set.` : `${name} has set: ${on.join(", ")}.`;
}
