import { FLAGS, type Flag, type ModeChange, type Rank } from "../chat/modes.ts";
import type { Room } from "../chat/room.ts";
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
    usage: "[NICK or MASK]",
    least: 0,
    help: "keeps someone out, and silent; alone, lists the bans",
    here: true,
    run: (ask) => (ask.words === "" ? bans(ask) : setMask(ask, "", true)),
  },
  maskCommand("unban", "", false, "lifts a ban"),
  maskCommand("mute", "m:", true, "lets someone be here, but not speak"),
  maskCommand("unmute", "m:", false, "lets someone speak again"),
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

function maskCommand(name: string, prefix: string, on: boolean, help: string): Command {
  return {
    name,
    aliases: [],
    usage: "NICK or MASK",
    least: 1,
    help,
    here: true,
    run: (ask) => setMask(ask, prefix, on),
  };
}

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

function setMask(ask: AskHere, prefix: string, on: boolean): void {
  const [given] = cut(ask.words);
  const mask = prefix + given;
  change(
    ask,
    { mode: "ban", on, mask },
    `Nothing to do: ${given} is ${on ? "on the list already" : "not on the list; /ban shows it"}.`,
  );
}

function change({ desk, room }: AskHere, change: ModeChange, otherwise: string): void {
  if (!desk.act({ type: "change-modes", room: room.name, changes: [change] })) desk.note(otherwise);
}

function kick(ask: AskHere): void {
  const [nick, reason] = cut(ask.words);
  if (fits(ask, reason)) ask.desk.act({ type: "kick", room: ask.room.name, nick, reason });
}

function bans({ desk, room }: AskHere): void {
  const { ban } = room.lists;
  if (ban.size === 0) return desk.note(`Nobody is banned from ${room.name}.`);
  const lines = [...ban.values()].map(({ mask, by }) => {
    const what = mask.muting ? `${mask.text.slice(2)} may not speak in` : `${mask.text} is banned from`;
    return note(`${what} ${room.name}${by === "" ? "" : ` (by ${by.split("!")[0]})`}`);
  });
  desk.draw(lines);
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
  if (name === "limit") return { mode: "limit", on: !isOff, limit: isOff ? 0 : Number(value) };
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
