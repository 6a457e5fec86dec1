import { fold } from "../../text/fold.ts";
import { dateOf, durationOf, lengthOf } from "../../text/time.ts";
import { type Message, parseSource } from "../../wire/message.ts";
import { type ClientCommand, online } from "./command.ts";
import { askNick } from "./nicks.ts";
import { request, requestAll, type Sent } from "./requests.ts";
import { IN_NO_ROOM, roomIn } from "./rooms.ts";
import { currentName, type Model, note, type Step, step } from "./state.ts";

/** The basic commands as plain IRC, for servers without slash commands of their own. */
export const PLAIN_IRC: readonly ClientCommand[] = [
  online("nick", ["name"], "NAME", "changes your name", 1, (model, words) => askNick(model, first(words))),
  online("join", ["j"], "ROOM [KEY]", "goes into a room; what you type goes there", 1, (model, words) => {
    const [, key] = cut(words);
    const room = roomIn(words);
    return request(model, ["JOIN", room, ...given(key)], { joins: fold(room) });
  }),
  online("leave", ["part"], "[ROOM] [TEXT]", "leaves a room, this one if you name none", 0, (model, words, now) => {
    const [named, reason] = cut(words);
    const room = named === "" ? currentName(model) : roomIn(named);
    return room === undefined ? nowhere(model, now) : request(model, ["PART", room, ...given(reason)]);
  }),
  online("rooms", ["list", "channels"], "", "lists the rooms", 0, (model) => request(model, ["LIST"])),
  online("who", ["names", "users"], "[ROOM]", "tells who is in a room", 0, (model, words, now) => {
    const room = words === "" ? currentName(model) : roomIn(words);
    return room === undefined ? nowhere(model, now) : request(model, ["NAMES", room]);
  }),
  online("whois", ["info"], "NICK", "tells about one person", 1, (model, words) =>
    request(model, ["WHOIS", first(words)]),
  ),
  online(
    "away",
    ["afk"],
    "[TEXT]",
    "tells those who write to you that you are away; alone, ends that",
    0,
    (model, words) => request(model, ["AWAY", ...given(words)]),
  ),
  online("back", [], "", "ends being away", 0, (model) => request(model, ["AWAY"])),
  online("invite", [], "NICK [ROOM]", "invites someone into a room", 1, (model, words, now) => {
    const [nick, named] = cut(words);
    const room = named === "" ? currentName(model) : roomIn(named);
    return room === undefined ? nowhere(model, now) : request(model, ["INVITE", nick, room]);
  }),
  inRoom("topic", ["t"], "[TEXT]", "shows or sets what this room is about", 0, (room, words) => [
    ["TOPIC", room, ...given(words)],
  ]),
  inRoom("kick", ["k"], "NICK [TEXT]", "sends someone out of this room", 1, (room, words) => {
    const [nick, reason] = cut(words);
    return [["KICK", room, nick, ...given(reason)]];
  }),
  inRoom("ban", [], "[NICK|MASK] [TEXT]", "sends someone out and keeps them out; alone, lists the bans", 0, ban),
  inRoom("unban", [], "NICK|MASK", "lifts a ban", 1, (room, words) => [["MODE", room, "-b", maskOf(first(words))]]),
  rank("op", "+o", "makes someone an operator of this room"),
  rank("deop", "-o", "makes someone an operator no more"),
  rank("voice", "+v", "lets someone speak where only those with a voice may"),
  rank("devoice", "-v", "takes a voice away"),
  inRoom("mode", ["set"], "[MODES]", "shows or changes how this room is: /mode +m", 0, (room, words) => [
    ["MODE", room, ...words.split(/\s+/).filter((word) => word !== "")],
  ]),
];

/** A command about the current room: the lines that it sends, or what is wrong with it. */
function inRoom(
  name: string,
  aliases: readonly string[],
  usage: string,
  help: string,
  least: number,
  linesOf: (room: string, words: string, model: Model) => readonly Sent[] | string,
): ClientCommand {
  return online(name, aliases, usage, help, least, (model, words, now) => {
    const room = model.current === undefined ? undefined : model.rooms.get(model.current);
    if (room === undefined) return nowhere(model, now);
    const lines = linesOf(room.name, words, model);
    return typeof lines === "string" ? step(model, note("trouble", now, lines)) : requestAll(model, lines);
  });
}

function rank(name: string, mode: string, help: string): ClientCommand {
  return inRoom(name, [], "NICK", help, 1, (room, words) => [["MODE", room, mode, first(words)]]);
}

function ban(room: string, words: string, model: Model): readonly Sent[] | string {
  const [target, reason] = cut(words);
  if (target === "") return [["MODE", room, "b"]];
  if (durationOf(first(reason).toLowerCase()) !== undefined)
    return "A ban of this server has no end: /ban NICK sets one, and /unban NICK lifts it.";
  const isHere = model.rooms.get(fold(room))?.members.has(fold(target)) === true;
  const out: readonly Sent[] = isHere ? [["KICK", room, target, ...given(reason)]] : [];
  return [["MODE", room, "+b", maskOf(target)], ...out];
}

/** A nick as a mask that means whoever has it. */
function maskOf(target: string): string {
  return /[!@*?:]/.test(target) ? target : `${target}!*@*`;
}

function nowhere(model: Model, now: number): Step {
  return step(model, note("trouble", now, IN_NO_ROOM));
}

/** The first word, and the rest. */
function cut(words: string): readonly [first: string, rest: string] {
  const [, first = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
  return [first, rest];
}

function first(words: string): string {
  return cut(words)[0];
}

/** A parameter that is left out where it is empty. */
function given(word: string): readonly string[] {
  return word === "" ? [] : [word];
}

/** The sentence that a numeric says, if it says one; `told`: the answer that it is part of has said something before. */
type Sentence = (params: readonly string[], told: boolean) => string | undefined;

const NOTHING: Sentence = () => undefined;

/** Numerics that answer the commands above, without those that change what is known. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  "311": ([nick, user, host, , realname]) => `${nick} is ${user}@${host}, and gives as real name: ${realname}`,
  "312": ([nick, server, info]) => `${nick} is on ${server} (${info}).`,
  "315": NOTHING,
  "317": ([nick, idle, since]) =>
    `${nick} has said nothing for ${lengthOf(Number(idle) * 1000)}${/^\d{9,11}$/.test(since ?? "") ? `, here since ${dateOf(Number(since) * 1000)}` : ""}.`,
  "318": NOTHING,
  "319": ([nick, rooms]) => `${nick} is in ${rooms?.trim().split(/\s+/).join(", ")}.`,
  "321": NOTHING,
  "322": ([room, count, topic = ""]) =>
    `${room}, ${count === "1" ? "1 person" : `${count} people`}${topic === "" ? "" : `: ${topic}`}`,
  "323": (_, told) => (told ? undefined : "There are no rooms to be seen."),
  "324": ([room, ...modes]) => `${room} has ${modes.join("") === "+" ? "no modes" : `the modes ${modes.join(" ")}`}.`,
  "329": NOTHING,
  "330": ([nick, account]) => `${nick} is logged in as ${account}.`,
  "333": NOTHING,
  "341": ([nick, room]) => `You invited ${nick} to ${room}.`,
  "367": ([room, mask, by = ""]) => `${mask} is banned from ${room}${by === "" ? "" : `, by ${parseSource(by).nick}`}.`,
  "353": ([, room, names = ""]) => `In ${room}: ${names.trim().split(" ").join(", ")}`,
  "366": ([room], told) => (told ? undefined : `Nobody is to be seen in ${room}.`),
  "368": ([room], told) => (told ? undefined : `Nobody is banned from ${room}.`),
  "381": () => "You are an operator of the server now.",
};

/** A reply to a command of the user's that changes nothing that is known: as a sentence, or else as it came. */
export function onReply(model: Model, { command, params }: Message, told: boolean, now: number): Step {
  const sentence = SENTENCES[command] ?? ((words) => words.join(" "));
  const words = sentence(params.slice(1), told);
  return words === undefined ? step(model) : step(model, note("event", now, words));
}
