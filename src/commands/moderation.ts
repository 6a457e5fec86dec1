import { FLAGS, type Flag, keepsOf, keepsText, type ModeChange, type Rank } from "../chat/model/modes.ts";
import { asRoomName } from "../chat/model/names.ts";
import type { ListEntry, Room } from "../chat/model/room.ts";
import { bansOn, nickIn, parseBanOrder, widerBansOn } from "../chat/rules/bans.ts";
import { visibleMembers } from "../chat/visibility.ts";
import { banListWords, durationWords, maskWords } from "../chat/words/events.ts";
import { nearest } from "../text/nearest.ts";
import { lengthOf } from "../text/time.ts";
import { type Command, firstWord, fitsTopicLength, type Invocation, type RoomInvocation, refuse } from "./context.ts";
import { listed } from "./rooms.ts";

/** The effect of each setting while it is on. */
export const MEANINGS: Readonly<Record<Flag | "key" | "limit" | "history", string>> = {
  "invite-only": "only those who are invited come in",
  moderated: "only operators and those with a voice speak",
  "members-only": "only those who are in the room speak there",
  secret: "it is not listed for those who are not in it",
  "topic-locked": "only operators set the topic",
  "no-queries": "no program may ask the programs of all others (CTCP)",
  key: "only those who say the key come in, as in /join ROOM KEY",
  limit: "nobody comes in once this many are there",
  history: "what is said is kept this long; with off nothing is, and the past is deleted",
};
const SETTINGS: readonly string[] = [...FLAGS, "key", "limit", "history"];

/** Commands for a room's operators. */
export const MODERATION: readonly Command[] = [
  {
    name: "kick",
    aliases: ["k"],
    usage: "NICK [TEXT]",
    minWords: 1,
    help: "sends someone out of this room",
    who: "operator",
    needsRoom: true,
    run: kick,
  },
  {
    name: "ban",
    aliases: [],
    usage: "NICK|MASK [10m|2h|7d] [TEXT]",
    minWords: 0,
    help: "sends someone out of this room and keeps them out, for good or for a while",
    who: "operator",
    needsRoom: true,
    run: (invocation) => (invocation.words === "" ? bans(invocation) : ban(invocation, "")),
  },
  {
    name: "unban",
    aliases: [],
    usage: "NICK|MASK",
    minWords: 1,
    help: "lifts a ban",
    who: "operator",
    needsRoom: true,
    run: (invocation) => lift(invocation, ""),
  },
  {
    name: "mute",
    aliases: [],
    usage: "NICK|MASK [10m|2h|7d] [TEXT]",
    minWords: 1,
    help: "lets someone stay in this room, but not speak",
    who: "operator",
    needsRoom: true,
    run: (invocation) => ban(invocation, "m:"),
  },
  {
    name: "unmute",
    aliases: [],
    usage: "NICK|MASK",
    minWords: 1,
    help: "lets someone speak again",
    who: "operator",
    needsRoom: true,
    run: (invocation) => lift(invocation, "m:"),
  },
  {
    name: "bans",
    aliases: ["mutes"],
    usage: "",
    minWords: 0,
    help: "lists who is banned or may not speak here, by whom, and what remains",
    needsRoom: true,
    run: bans,
  },
  {
    name: "ops",
    aliases: ["operators"],
    usage: "",
    minWords: 0,
    help: "tells who operates this room, and who has a voice in it",
    needsRoom: true,
    run: ops,
  },
  rankCommand("op", "operator", true, "makes someone an operator of this room"),
  rankCommand("deop", "operator", false, "takes an operator's rights away"),
  rankCommand("voice", "voice", true, "lets someone speak where only those with a voice may"),
  rankCommand("devoice", "voice", false, "takes a voice away"),
  {
    name: "set",
    aliases: ["mode"],
    usage: "[SETTING on|off]",
    minWords: 0,
    help: "shows or changes the settings of this room",
    needsRoom: true,
    run: set,
  },
];

function rankCommand(name: string, rank: Rank, on: boolean, help: string): Command {
  return {
    name,
    aliases: [],
    usage: "NICK",
    minWords: 1,
    help,
    who: "operator",
    needsRoom: true,
    run: (invocation) => {
      const [nick] = firstWord(invocation.words);
      change(invocation, { mode: rank, on, nick }, `Nothing to do: ${nick} has ${on ? "" : "not "}got that already.`);
    },
  };
}

/** Bans or mutes; the chat kicks the members that a ban matches. */
function ban(invocation: RoomInvocation, prefix: "" | "m:"): void {
  const { context, room, words } = invocation;
  const order = parseBanOrder(words);
  if ("badDuration" in order) return context.deny("bad-value", `${durationWords(order.badDuration)}.`);
  const { target, lasts, reason } = order;
  if (prefix === "" && /^[*?!@.]+$/.test(target))
    return context.deny("bad-value", `${target} means everyone: /set invite-only on lets nobody else in.`);
  if (!fitsTopicLength(invocation, reason)) return;
  const before = room.members.size;
  context.act(
    { type: "ban-from-room", room: room.name, target: prefix === "" ? target : prefix + nickIn(target), lasts, reason },
    (outcome) => {
      context.weigh(Math.max(0, before - room.members.size));
      if (outcome === "nothing")
        context.deny("nothing-to-do", `Nothing to do: ${target} is on the list already; /bans shows it.`);
    },
  );
}

function lift({ context, room, words }: RoomInvocation, prefix: string): void {
  const [given] = firstWord(words);
  const found = context.server.chat.member(given);
  const wider = found === undefined ? [] : widerBansOn(room, prefix + given, found).map(({ mask }) => mask.text);
  const entries = bansOn(room, prefix + given, found).map(({ mask, whom }) => ({ mask: mask.text, whom }));
  // A mask that is not on the list is submitted too: the chat refuses members without the right.
  const targets = entries.length > 0 ? entries : [{ mask: prefix + given }];
  const changes = targets.map((entry) => ({ mode: "ban", on: false, ...entry }) as const);
  context.act({ type: "change-modes", room: room.name, changes }, (outcome) => {
    if (outcome === "refused") return;
    const [mask] = wider;
    if (mask !== undefined) {
      const words = `${nickIn(mask)} covers ${given}, and others too: /un${prefix === "" ? "ban" : "mute"} ${nickIn(mask)} lifts that.`;
      return outcome === "nothing" ? context.deny("nothing-to-do", words) : context.say(words);
    }
    if (outcome === "nothing")
      context.deny("nothing-to-do", `Nothing to do: ${given} is not on the list; /bans shows it.`);
  });
}

/** Submits one mode change; `unchanged` is the answer if it changes nothing. */
function change({ context, room }: RoomInvocation, change: ModeChange, unchanged: string): void {
  context.act({ type: "change-modes", room: room.name, changes: [change] }, (outcome) => {
    if (outcome === "nothing") context.deny("nothing-to-do", unchanged);
  });
}

function kick(invocation: RoomInvocation): void {
  const [nick, reason] = firstWord(invocation.words);
  if (fitsTopicLength(invocation, reason))
    invocation.context.act({ type: "kick", room: invocation.room.name, nick, reason });
}

function bans({ context, room }: RoomInvocation): void {
  const list = [...room.lists.ban.values()];
  if (list.length === 0) return context.say(`Nobody is banned from ${room.name}.`);
  const now = context.server.steady();
  context.stream(list.map((entry) => banLine(entry, room, now)));
}

function ops({ context, member, room }: RoomInvocation): void {
  const nicksOf = (rank: Rank) =>
    Array.from(visibleMembers(member, room)).flatMap((one) => (room.rankOf(one) === rank ? [one.nick] : []));
  const [operators, voiced] = [nicksOf("operator").sort(), nicksOf("voice").sort()];
  const first =
    operators.length === 0
      ? [`Nobody who is here operates ${room.name}.`]
      : listed(`Operators of ${room.name}: `, operators);
  context.stream([...first, ...(voiced.length === 0 ? [] : listed(`With a voice in ${room.name}: `, voiced))]);
}

function banLine({ mask, whom, by, until, reason }: ListEntry, room: Room, now: number): string {
  const who = maskWords(nickIn(mask.text), whom);
  const what = mask.muting ? `${who} is muted in` : `${who} is banned from`;
  const details = [
    by === "" ? "" : `by ${by.split("!")[0]}`,
    until === undefined ? "" : `${lengthOf(until - now)} left`,
  ];
  const shown = details.filter((detail) => detail !== "").join(", ");
  return `${what} ${room.name}${shown === "" ? "" : ` (${shown})`}${reason === "" ? "" : `: ${reason}`}`;
}

function set(invocation: RoomInvocation): void {
  const { context, room, words } = invocation;
  const [name, value] = firstWord(words);
  if (name === "")
    return context.say(`${settings(room)} What can be set: ${SETTINGS.join(", ")}; /set NAME tells what it does.`);
  const wanted = name.toLowerCase();
  if (!isSetting(wanted)) return context.deny("bad-value", unknown(name));
  if (value === "") {
    context.say(`${wanted}: ${MEANINGS[wanted]}. /set ${wanted} ${usageOf(wanted)} changes that.`);
    return context.say(`In ${room.name} it is ${valueIn(room, wanted)}.`);
  }
  const modeChange = changeOf(wanted, value);
  if (!modeChange) return context.deny("bad-value", `"${value}" is not valid: /set ${wanted} ${usageOf(wanted)}`);
  change(invocation, modeChange, `Nothing to do: ${room.name} is so already.`);
}

function isSetting(name: string): name is keyof typeof MEANINGS {
  return SETTINGS.includes(name);
}

function changeOf(name: string, value: string): ModeChange | undefined {
  const [isOn, isOff] = [value.toLowerCase() === "on", value.toLowerCase() === "off"];
  if (name === "key") return { mode: "key", on: !isOff, key: value };
  if (name === "limit") {
    if (!isOff && !/^\d{1,9}$/.test(value)) return undefined;
    return { mode: "limit", on: !isOff, limit: isOff ? 0 : Number(value) };
  }
  if (name === "history") {
    const keeps = isOn ? 0 : keepsOf(value);
    return keeps === undefined ? undefined : { mode: "history", on: !isOn, keeps };
  }
  const flag = FLAGS.find((each) => each === name);
  return flag && (isOn || isOff) ? { mode: flag, on: isOn } : undefined;
}

function usageOf(name: string): string {
  if (name === "key") return "WORD|off";
  if (name === "history") return "7d|off|on";
  return name === "limit" ? "NUMBER|off" : "on|off";
}

function unknown(name: string): string {
  const near = nearest(name, SETTINGS);
  return near === undefined
    ? `A room has no "${name}"; it has ${SETTINGS.join(", ")}.`
    : `A room has no "${name}". Did you mean ${near}?`;
}

/** The present value of a setting, in words. */
function valueIn({ flags, password, limit, keeps }: Room, name: keyof typeof MEANINGS): string {
  switch (name) {
    case "key":
      return password ?? "off: anybody comes in without one";
    case "limit":
      return limit === undefined ? "off: as many come in as want to" : String(limit);
    case "history":
      return keeps === undefined ? "on: what is said is kept as long as the server keeps anything" : keepsText(keeps);
    default:
      return flags.has(name) ? "on" : "off";
  }
}

function settings({ name, flags, password, limit, keeps }: Room): string {
  const on: string[] = [...flags].sort((a: Flag, b: Flag) => FLAGS.indexOf(a) - FLAGS.indexOf(b));
  if (limit !== undefined) on.push(`limit ${limit}`);
  if (keeps !== undefined) on.push(`history ${keepsText(keeps)}`);
  if (password !== undefined) on.push(`key ${password}`);
  return on.length === 0 ? `${name} has nothing set.` : `${name} has set: ${on.join(", ")}.`;
}

/** Commands for server operators, and the command to become one. */
export const SERVER_OPERATORS: readonly Command[] = [
  {
    name: "oper",
    aliases: [],
    usage: "NAME PASSWORD",
    minWords: 2,
    help: "makes you an operator of the server",
    takesPassword: true,
    ircCommand: "OPER",
    needsRoom: false,
    run: oper,
  },
  {
    name: "serverban",
    aliases: [],
    usage: "WHOM [10m|2h|7d] [TEXT]",
    minWords: 1,
    help: "keeps a nick, an account (a:NAME), a mask, an address or a network (10.0.0.0/8) off the server; for its operators",
    who: "server-operator",
    needsRoom: false,
    run: serverBan,
  },
  {
    name: "serverunban",
    aliases: [],
    usage: "WHOM",
    minWords: 1,
    help: "lifts a ban of the server; for its operators",
    who: "server-operator",
    needsRoom: false,
    run: serverUnban,
  },
  {
    name: "serverbans",
    aliases: [],
    usage: "",
    minWords: 0,
    help: "lists the bans of the server, by whom, until when and why; for its operators",
    who: "server-operator",
    needsRoom: false,
    run: serverBans,
  },
  {
    name: "droproom",
    aliases: [],
    usage: "ROOM [TEXT]",
    minWords: 1,
    help: "deletes a room and its history; for operators of the server",
    who: "server-operator",
    needsRoom: false,
    run: dropRoom,
  },
];

function dropRoom(invocation: Invocation): void {
  const [room, reason] = firstWord(invocation.words);
  if (fitsTopicLength(invocation, reason))
    invocation.context.act({ type: "drop-room", room: asRoomName(room), reason });
}

function oper({ context, secret }: Invocation): void {
  const [, name = "", password = ""] = /^\s*(\S+)\s(.*)$/s.exec(secret) ?? [];
  context.wait(context.server.isOperator(name, password, context.asker), (isRight) => {
    if (!isRight)
      return context.deny(
        "operator-password-wrong",
        "That is not the password of an operator of this name, or it was tried too often.",
      );
    context.act({ type: "empower", as: name }, () =>
      context.say(
        "You are an operator of this server; /serverban, /serverunban, /serverbans and /droproom are for you.",
      ),
    );
  });
}

function serverBan(invocation: Invocation): void {
  const order = parseBanOrder(invocation.words);
  if ("badDuration" in order) return invocation.context.deny("bad-value", `${durationWords(order.badDuration)}.`);
  if (!fitsTopicLength(invocation, order.reason)) return;
  const { context, member } = invocation;
  const network = context.server.addresses.resolve(order.target, member, context.asker);
  context.act({ type: "ban", ...order, network });
}

function serverUnban({ context, words }: Invocation): void {
  const [target] = firstWord(words);
  context.act({ type: "lift-ban", target, networks: context.server.addresses.networksFor(target) });
}

function serverBans({ context, member }: Invocation): void {
  const { chat, steady } = context.server;
  if (!member.userModes.has("operator")) return refuse(context, { why: "not-server-operator" });
  const { bans } = chat;
  if (bans.length === 0) return context.say("Nobody is banned from this server.");
  context.stream(bans.map((ban) => banListWords(ban, steady())));
}
