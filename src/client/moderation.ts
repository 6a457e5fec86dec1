import { durationOf } from "../text/duration.ts";
import { fold } from "../text/fold.ts";
import type { Command } from "./commands.ts";
import { type Model, note, type Room, type Step, send, step } from "./state.ts";

const FOR = "[10m|2h|7d] [TEXT]";

/** Commands that are about the current room take it as their last argument. */
type InRoom = (model: Model, words: string, now: number, room: Room) => Step;

/** Commands for the operators of a room, and of the server. */
export const MODERATION: readonly Command[] = [
  inRoom("ops", "", "tells who operates this room, who is banned or muted, and what can be done", 0, ops),
  inRoom("kick", "NICK [TEXT]", "sends someone out of this room", 1, kick),
  inRoom("ban", `NICK|MASK ${FOR}`, "sends someone out, for good or for a while", 1, ban),
  inRoom("unban", "NICK|MASK", "lifts a ban", 1, (model, words, _now, room) => lift(model, room, firstOf(words))),
  inRoom("mute", `NICK|MASK ${FOR}`, "lets someone be here, but not speak", 1, mute),
  inRoom("unmute", "NICK|MASK", "lets someone speak again", 1, (model, words, _now, room) =>
    lift(model, room, `m:${firstOf(words)}`),
  ),
  rank("op", "+o", "makes someone an operator of this room"),
  rank("deop", "-o", "makes someone an operator no more"),
  rank("voice", "+v", "lets someone speak where only those with a voice may"),
  rank("devoice", "-v", "takes a voice away"),
  anywhere("oper", "NAME [PASSWORD]", "makes you an operator of the server", 1, oper),
  anywhere(
    "serverban",
    `WHOM ${FOR}`,
    "keeps a nick, an account (a:NAME), an address or a network off the server",
    1,
    serverBan,
  ),
  anywhere("serverunban", "WHOM", "lifts such a ban", 1, (model, words) =>
    step(model, send("UBAN", "DEL", firstOf(words))),
  ),
  anywhere("serverbans", "", "lists them, by whom, until when and why", 0, (model) =>
    step(model, send("UBAN", "LIST")),
  ),
  anywhere("droproom", "ROOM [TEXT]", "does away with a room and what was said in it", 1, (model, words) => {
    const [room, reason] = cut(words);
    return step(model, send("DROPROOM", /^[#&]/.test(room) ? room : `#${room}`, ...(reason === "" ? [] : [reason])));
  }),
];

function anywhere(name: string, usage: string, help: string, least: number, run: Command["run"]): Command {
  return { name, usage, help, least, online: true, run };
}

function inRoom(name: string, usage: string, help: string, least: number, run: InRoom): Command {
  return anywhere(name, usage, help, least, (model, words, now) => {
    const room = model.current === undefined ? undefined : model.rooms.get(model.current);
    if (room === undefined) return trouble(model, now, "This is no room; /join ROOM goes into one.");
    return run(model, words, now, room);
  });
}

function rank(name: string, mode: string, help: string): Command {
  return inRoom(name, "NICK", help, 1, (model, words, _now, room) =>
    step(model, send("MODE", room.name, mode, firstOf(words))),
  );
}

function ops(model: Model, _words: string, _now: number, room: Room): Step {
  const inspecting = { room: fold(room.name), names: [], isNamed: false, bans: [] };
  return step({ ...model, inspecting }, send("NAMES", room.name), send("MODE", room.name, "b"));
}

/** The commands that `/ops` lists. */
export const OPS_HINT = `${MODERATION.slice(1, 10)
  .map(({ name }) => `/${name}`)
  .join(" ")}: /help tells more.`;

function kick(model: Model, words: string, _now: number, room: Room): Step {
  const [nick, reason] = cut(words);
  return step(model, send("KICK", room.name, nick, ...(reason === "" ? [] : [reason])));
}

function ban(model: Model, words: string, now: number, room: Room): Step {
  const order = orderOf(words);
  if (typeof order === "string") return trouble(model, now, order);
  const { target, reason } = order;
  const isHere = room.members.has(fold(target));
  const out = isHere ? [send("KICK", room.name, target, ...(reason === "" ? [] : [reason]))] : [];
  return step(model, banning(model, room, order, ""), ...out);
}

function mute(model: Model, words: string, now: number, room: Room): Step {
  const order = orderOf(words);
  if (typeof order === "string") return trouble(model, now, order);
  if (!model.exact) return trouble(model, now, "This server mutes nobody by a ban; /ban keeps someone out.");
  return step(model, banning(model, room, order, "m:"));
}

/** Our own server finds what a nick is known by whatever it changes to; others take it for a nick. */
function banning(model: Model, room: Room, { target, lasts, reason }: Order, prefix: string) {
  if (model.exact) return send("TBAN", room.name, lasts ?? "0", prefix + target, ...(reason === "" ? [] : [reason]));
  const mask = /[!@*?:]/.test(target) ? target : `${target}!*@*`;
  return lasts === undefined ? send("MODE", room.name, "+b", mask) : send("TBAN", room.name, lasts, mask);
}

function lift(model: Model, room: Room, given: string): Step {
  const mask = model.exact || /[!@*?:]/.test(given) ? given : `${given}!*@*`;
  return step(model, send("MODE", room.name, "-b", mask));
}

function oper(model: Model, _words: string, _now: number, secret: string): Step {
  const [, name = "", password = ""] = /^\s*(\S+)\s?(.*)$/.exec(secret) ?? [];
  if (password.trim() !== "") return step(model, send("OPER", name, password));
  return step(model, {
    type: "ask-password",
    words: `The password of the operator ${name}`,
    command: `/oper ${name} `,
  });
}

function serverBan(model: Model, words: string, now: number): Step {
  const order = orderOf(words);
  if (typeof order === "string") return trouble(model, now, order);
  const { target, lasts, reason } = order;
  const duration = lasts === undefined ? [] : [lasts];
  return step(model, send("UBAN", "ADD", target, ...duration, ...(reason === "" ? [] : [reason])));
}

interface Order {
  readonly target: string;
  /** As the server takes it, such as `10m`. */
  readonly lasts: string | undefined;
  readonly reason: string;
}

/** `TARGET [DURATION] [TEXT]`, taken apart; what is wrong with it, in words, if something is. */
function orderOf(words: string): Order | string {
  const [target, rest] = cut(words);
  const [second, reason] = cut(rest);
  if (durationOf(second.toLowerCase()) !== undefined) return { target, lasts: second.toLowerCase(), reason };
  if (/^[+-]?\d+[a-z]*$/i.test(second)) return `Duration "${second}": use 10m, 2h or 7d.`;
  return { target, lasts: undefined, reason: rest };
}

/** The first word, and the rest. */
function cut(words: string): readonly [first: string, rest: string] {
  const [, first = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
  return [first, rest];
}

function firstOf(words: string): string {
  return cut(words)[0];
}

function trouble(model: Model, now: number, words: string): Step {
  return step(model, note("trouble", now, words));
}
