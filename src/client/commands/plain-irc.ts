import { fold } from "../../text/fold.ts";
import { dateOf, durationOf, lengthOf } from "../../text/time.ts";
import { parseSource } from "../../wire/message.ts";
import { undo } from "../model/annotations.ts";
import { askNick } from "../model/nicks.ts";
import { request, requestAll, type Sent } from "../model/requests.ts";
import { currentRoom, IN_NO_ROOM, roomIn } from "../model/rooms.ts";
import type { ServerMessage } from "../model/server-message.ts";
import { currentName, type Model, note, type Step, step, trouble } from "../model/state.ts";
import { anytime, type ClientCommand, online, splitWord, toggleIgnored } from "./slash.ts";

/**
 * The basic slash commands as IRC commands, for servers that run no slash commands, and the answers to them as
 * sentences.
 */

/** The commands. */
export const PLAIN_IRC: readonly ClientCommand[] = [
  online("nick", ["name"], "NAME", "changes your name", 1, (model, words) => askNick(model, firstWord(words))),
  online("join", ["j"], "ROOM [KEY]", "goes into a room; what you type goes there", 1, (model, words) => {
    const [, key] = splitWord(words);
    const room = roomIn(words);
    return request(model, ["JOIN", room, ...optional(key)], { joins: fold(room) });
  }),
  online("leave", ["part"], "[ROOM] [TEXT]", "leaves a room, this one if you name none", 0, (model, words, now) => {
    const [named, reason] = splitWord(words);
    const room = named === "" ? currentName(model) : roomIn(named);
    return room === undefined ? needsRoom(model, now) : request(model, ["PART", room, ...optional(reason)]);
  }),
  online("rooms", ["list", "channels"], "", "lists the rooms", 0, (model) => request(model, ["LIST"])),
  online("who", ["names", "users"], "[ROOM]", "tells who is in a room", 0, (model, words, now) => {
    const room = words === "" ? currentName(model) : roomIn(words);
    return room === undefined ? needsRoom(model, now) : request(model, ["NAMES", room]);
  }),
  online("whois", ["info"], "NICK", "tells about one person", 1, (model, words) =>
    request(model, ["WHOIS", firstWord(words)]),
  ),
  online(
    "away",
    ["afk"],
    "[TEXT]",
    "tells those who write to you that you are away; alone, ends that",
    0,
    (model, words) => request(model, ["AWAY", ...optional(words)]),
  ),
  online("back", [], "", "ends being away", 0, (model) => request(model, ["AWAY"])),
  anytime("ignore", [], "[NICK]", "hides someone's messages, and shows them again if given twice", 0, ignore),
  online("undo", ["takeback"], "[NICK]", "takes back what you said last here, or last to NICK", 0, undo),
  online("invite", [], "NICK [ROOM]", "invites someone into a room", 1, (model, words, now) => {
    const [nick, named] = splitWord(words);
    const room = named === "" ? currentName(model) : roomIn(named);
    return room === undefined ? needsRoom(model, now) : request(model, ["INVITE", nick, room]);
  }),
  inRoom("topic", ["t"], "[TEXT]", "shows or sets what this room is about", 0, (room, words) => [
    ["TOPIC", room, ...optional(words)],
  ]),
  inRoom("kick", ["k"], "NICK [TEXT]", "sends someone out of this room", 1, (room, words) => {
    const [nick, reason] = splitWord(words);
    return [["KICK", room, nick, ...optional(reason)]];
  }),
  inRoom("ban", [], "[NICK|MASK] [TEXT]", "sends someone out and keeps them out; alone, lists the bans", 0, ban),
  inRoom("unban", [], "NICK|MASK", "lifts a ban", 1, (room, words) => [["MODE", room, "-b", maskOf(firstWord(words))]]),
  rank("op", "+o", "makes someone an operator of this room"),
  rank("deop", "-o", "takes an operator's rights away"),
  rank("voice", "+v", "lets someone speak where only those with a voice may"),
  rank("devoice", "-v", "takes a voice away"),
  online(
    "mode",
    ["set"],
    "[ROOM|NICK] [MODES]",
    "shows or changes the settings of this room: /mode +m",
    0,
    (model, words, now) => {
      const given = words.split(/\s+/).filter((word) => word !== "");
      const [named = "", ...modes] = given;
      if (/^[#&!]/.test(named) || fold(named) === fold(model.nick)) return request(model, ["MODE", named, ...modes]);
      const room = currentRoom(model);
      return room === undefined ? needsRoom(model, now) : request(model, ["MODE", room.name, ...given]);
    },
  ),
];

/** A command about the current room. `linesOf` gives the IRC commands to send, or a sentence that refuses. */
function inRoom(
  name: string,
  aliases: readonly string[],
  usage: string,
  help: string,
  fewest: number,
  linesOf: (room: string, words: string, model: Model) => readonly Sent[] | string,
): ClientCommand {
  return online(name, aliases, usage, help, fewest, (model, words, now) => {
    const room = currentRoom(model);
    if (room === undefined) return needsRoom(model, now);
    const lines = linesOf(room.name, words, model);
    return typeof lines === "string" ? trouble(model, now, lines) : requestAll(model, lines);
  });
}

/** A command that gives or takes a member's rank by a mode. */
function rank(name: string, mode: string, help: string): ClientCommand {
  return inRoom(name, [], "NICK", help, 1, (room, words) => [["MODE", room, mode, firstWord(words)]]);
}

function ban(room: string, words: string, model: Model): readonly Sent[] | string {
  const [target, reason] = splitWord(words);
  if (target === "") return [["MODE", room, "b"]];
  if (durationOf(firstWord(reason).toLowerCase()) !== undefined)
    return "A ban of this server has no end: /ban NICK sets one, and /unban NICK lifts it.";
  const isHere = model.rooms.get(fold(room))?.members.has(fold(target)) === true;
  const out: readonly Sent[] = isHere ? [["KICK", room, target, ...optional(reason)]] : [];
  return [["MODE", room, "+b", maskOf(target)], ...out];
}

/** A ban mask; a nick becomes `nick!*@*`. */
function maskOf(target: string): string {
  return /[!@*?:]/.test(target) ? target : `${target}!*@*`;
}

function ignore(model: Model, words: string, now: number): Step {
  const nick = firstWord(words);
  if (nick === "") {
    const names = [...model.ignored].join(", ");
    return step(model, note("event", now, names === "" ? "You ignore nobody." : `You ignore ${names}.`));
  }
  if (fold(nick) === fold(model.nick)) return trouble(model, now, "You cannot ignore yourself.");
  const next = toggleIgnored(model, nick);
  const isIgnored = next.ignored.has(fold(nick));
  const told = isIgnored
    ? `You do not see any more what ${nick} says; /ignore ${nick} once more ends that.`
    : `You see again what ${nick} says.`;
  return step(next, note("event", now, told));
}

function needsRoom(model: Model, now: number): Step {
  return trouble(model, now, IN_NO_ROOM);
}

function firstWord(words: string): string {
  return splitWord(words)[0];
}

/** A parameter, or none if it is empty. */
function optional(word: string): readonly string[] {
  return word === "" ? [] : [word];
}

/**
 * Names with marks of rank (RPL_NAMREPLY, RPL_WHOISCHANNELS) as a list: `@bob +zoe` is `bob (operator), zoe (voice)`.
 */
function ranked(names: string): string {
  const words = names.trim().split(/\s+/);
  return words
    .map((word) => word.replace(/^([~&@%+]+)(.+)$/, (_, marks, name) => `${name} (${rankOf(marks)})`))
    .join(", ");
}

function rankOf(marks: string): string {
  if (/[~&@]/.test(marks)) return "operator";
  return marks.includes("%") ? "half-operator" : "voice";
}

/** A numeric as a sentence; `undefined` to show nothing. `hasOutput`: an earlier line of the same answer was shown. */
type Sentence = (params: readonly string[], hasOutput: boolean) => string | undefined;

const NOTHING: Sentence = () => undefined;

/** The numerics that answer the commands above and change nothing in the model. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  "311": ([nick, user, host, , realname]) => `${nick} is ${user}@${host}, and gives as real name: ${realname}`,
  "312": ([nick, server, info]) => `${nick} is on ${server} (${info}).`,
  "315": NOTHING,
  "317": ([nick, idle, since]) =>
    `${nick} has said nothing for ${lengthOf(Number(idle) * 1000)}${/^\d{9,11}$/.test(since ?? "") ? `, here since ${dateOf(Number(since) * 1000)}` : ""}.`,
  "318": NOTHING,
  "265": (params) => params.at(-1),
  "266": (params) => params.at(-1),
  "319": ([nick, rooms = ""]) => `${nick} is in ${ranked(rooms)}.`,
  "321": NOTHING,
  "322": ([room, count, topic = ""]) =>
    `${room}, ${count === "1" ? "1 person" : `${count} people`}${topic === "" ? "" : `: ${topic}`}`,
  "323": (_, hasOutput) => (hasOutput ? undefined : "There are no visible rooms."),
  "324": ([room, ...modes]) => `${room} has ${modes.join("") === "+" ? "no modes" : `the modes ${modes.join(" ")}`}.`,
  "329": NOTHING,
  "330": ([nick, account]) => `${nick} is logged in as ${account}.`,
  "333": NOTHING,
  "341": ([nick, room]) => `You invited ${nick} to ${room}.`,
  "367": ([room, mask, by = ""]) => `${mask} is banned from ${room}${by === "" ? "" : `, by ${parseSource(by).nick}`}.`,
  "353": ([, room, names = ""]) => `In ${room}: ${ranked(names)}`,
  "366": ([room], hasOutput) => (hasOutput ? undefined : `${room} has no visible members.`),
  "368": ([room], hasOutput) => (hasOutput ? undefined : `Nobody is banned from ${room}.`),
  "381": () => "You are an operator of the server now.",
};

/**
 * A numeric that answers the user's command and changes nothing in the model: as a sentence, or its parameters as they
 * came.
 */
export function onReply(model: Model, { command, params }: ServerMessage, hasOutput: boolean, now: number): Step {
  const sentence = SENTENCES[command] ?? ((words) => words.join(" "));
  const words = sentence(params.slice(1), hasOutput);
  return words === undefined ? step(model) : step(model, note("event", now, words));
}
