import { parse } from "../../src/wire/message.ts";

/** The room of every scene. */
export const ROOM = "#dev";

/** The mode letters, by the names in /set. */
export const LETTERS: Readonly<Record<string, string>> = {
  "invite-only": "i",
  moderated: "m",
  "members-only": "n",
  secret: "s",
  "topic-locked": "t",
  key: "k",
  limit: "l",
  operator: "o",
  voice: "v",
  ban: "b",
  exception: "e",
};
const NAMES: ReadonlyMap<string, string> = new Map(Object.entries(LETTERS).map(([name, letter]) => [letter, name]));

/**
 * The facts in a line, worded in the same way for every protocol. Lines that only one protocol has (the lists after a JOIN,
 * greetings, hints) give none.
 */
export function factsOf(isNc: boolean, line: string, self: string): readonly string[] {
  const facts = isNc ? factOfNc(line, self) : factsOfIrc(line, self);
  return facts.map((fact) => fact.replace(/[a-z0-9]+\.cloak/, "HOST"));
}

function factsOfIrc(line: string, self: string): readonly string[] {
  const message = parse(line);
  if (!message) return [];
  const { command, params } = message;
  const [first = "", second = "", third = ""] = params;
  const words = params.at(-1) ?? "";
  const nick = (message.source ?? "").split("!")[0] ?? "";
  switch (command) {
    case "JOIN":
      return [`${nick} joined`];
    case "PART":
      return nick === self ? [] : [because(`${nick} left`, second)]; // nc is told where it is then
    case "QUIT":
      return [because(`${nick} quit`, first.replace(/^Quit: /, ""))];
    case "KICK":
      return [because(`${second} kicked by ${nick}`, third === nick ? "" : third)]; // a default, where there was no reason
    case "NICK":
      return [`${nick} is ${first}`];
    case "TOPIC":
      return [`${nick} topic: ${second}`];
    case "PRIVMSG":
      return [`${nick}: ${second}`];
    case "MODE":
      return first === ROOM ? modesOf(nick, params.slice(1)) : [];
    case "INVITE":
      return [`${nick} invites ${first}`];
    case "341":
      return [`${first} invites ${second}`];
    case "353":
      return hereOf(words.replace(/[@+]/g, ""), self);
    case "319":
      return roomsIn(second, words.replace(/[@+](?=#)/g, ""));
    case "322":
      return second === ROOM ? [`room ${second}`] : [];
    case "NOTICE":
      return nick === "chat.test" ? [clause(words)] : [];
    case "NOTE":
      return first === "SLASH" ? factOfNc(`-- ${words}`, self) : [];
    case "FAIL":
      return [clause(words)];
    default:
      return /^[45]\d\d$|^696$/.test(command) && command !== "422" ? [clause(words)] : [];
  }
}

/** `+o-v ann bob` as facts: `by +operator ann`, `by -voice bob`. */
function modesOf(nick: string, [letters = "", ...params]: readonly string[]): readonly string[] {
  const by = nick === "chat.test" ? "server" : nick;
  let sign = "+";
  return [...letters].flatMap((letter) => {
    if (letter === "+" || letter === "-") {
      sign = letter;
      return [];
    }
    const name = NAMES.get(letter) ?? letter;
    const param = "ovbe".includes(letter) || letter === "k" || (letter === "l" && sign === "+") ? params.shift() : "";
    return [`${by} ${sign}${name} ${letter === "k" && sign === "-" ? "" : param}`.trimEnd()];
  });
}

/** Patterns of nc's lines, and their facts. */
const OF_NC: readonly (readonly [RegExp, (groups: readonly string[], self: string) => string | undefined])[] = [
  [/^(?:\[\d\d:\d\d\]) (?:#\S+ )?<(\S+)> (.*)$/, ([nick, text]) => `${nick}: ${text}`],
  [/^-- (\S+) joined #dev$/, ([nick]) => `${nick} joined`],
  [/^-- You are in #dev now; /, (_, self) => `${self} joined`],
  [/^-- (\S+) left #dev(.*)$/, ([nick, reason]) => `${nick} left${reason}`],
  [/^-- (\S+) quit(.*)$/, ([nick, reason]) => `${nick} quit${reason}`],
  [/^-- (\S+) was kicked from #dev by ([^\s:]+)(.*)$/, ([who, by, why]) => `${who} kicked by ${by}${why}`],
  [/^-- (\S+) is now (\S+)$/, ([nick, now]) => `${nick} is ${now}`],
  [/^-- You are (\S+) now\.$/, ([now], self) => `${self} is ${now}`],
  [/^-- (\S+) set the topic of #dev: (.*)$/, ([nick, topic]) => `${nick} topic: ${topic}`],
  [/^-- (\S+) banned (?:\S+ \((\S+)\)|(\S+)) from #dev/, ([by, mask, only]) => `${by} +ban ${mask || only}`],
  [/^-- (\S+) muted (?:\S+ \((\S+)\)|(\S+)) in #dev/, ([by, mask, only]) => `${by} +ban m:${mask || only}`],
  [/^-- (\S+) exempted (\S+) from the bans of #dev$/, ([by, mask]) => `${by} +exception ${mask}`],
  [
    /^-- (\S+) lifted the ban on (?:\S+ \((\S+)\)|(\S+)) from #dev$/,
    ([by, mask, only]) => `${by} -ban ${mask || only}`,
  ],
  [/^-- (\S+) unmuted (?:\S+ \((\S+)\)|(\S+)) in #dev$/, ([by, mask, only]) => `${by} -ban m:${mask || only}`],
  [/^-- (\S+) made (\S+) an operator of #dev$/, ([by, nick]) => `${by} +operator ${nick}`],
  [/^-- (\S+) made (\S+) an operator of #dev no more$/, ([by, nick]) => `${by} -operator ${nick}`],
  [/^-- (\S+) gave (\S+) a voice in #dev$/, ([by, nick]) => `${by} +voice ${nick}`],
  [/^-- (\S+) took (\S+)'s voice in #dev away$/, ([by, nick]) => `${by} -voice ${nick}`],
  [/^-- (\S+) switched (\S+) (on|off) in #dev$/, ([by, flag, on]) => `${by} ${on === "on" ? "+" : "-"}${flag}`],
  [/^-- (\S+) limited #dev to (\d+) people$/, ([by, limit]) => `${by} +limit ${limit}`],
  [/^-- (\S+) set the key of #dev: (\S+)$/, ([by, key]) => `${by} +key ${key}`],
  [/^-- (\S+) invited (\S+) to #dev$/, ([by, nick]) => `${by} invites ${nick}`],
  [/^-- (\S+) invites you to #dev; /, ([by], self) => `${by} invites ${self}`],
  [/^-- In #\S+ \(\d+\): (.*)$/, ([names = ""], self) => hereOf(names.replace(/ \([^)]*\)|,/g, ""), self)[0]],
  [/^-- (\S+) is in (#\S+(?:, #\S+)*)\.$/, ([nick = "", rooms = ""]) => roomsIn(nick, rooms.replaceAll(",", ""))[0]],
  [/^-- (#dev) \(\d+(?:, you too)?\)/, ([room]) => `room ${room}`],
  [
    /^-- #lobby \(\d+|^-- \S+ \(\S+\) is .* here since |^-- \S+ comes from |^-- You are an operator of this server|^-- \S+ is registered|^-- You are logged in as /,
    () => undefined,
  ],
  [/^-- You are not in #dev any more; |^-- You see nobody in /, () => undefined],
  [/^-- (.*)$/, ([sentence = ""]) => clause(sentence)],
];

function factOfNc(line: string, self: string): readonly string[] {
  for (const [pattern, fact] of OF_NC) {
    const found = pattern.exec(line.replace(/^-- The server /, "-- server "));
    const told =
      found &&
      fact(
        found.slice(1).map((group) => group ?? ""),
        self,
      );
    if (found) return told ? [told] : [];
  }
  return [line];
}

/** The other members of a room. */
function hereOf(names: string, self: string): readonly string[] {
  const others = names
    .trim()
    .split(" ")
    .filter((name) => name !== self && name !== "");
  return others.length === 0 ? [] : [`here: ${others.sort().join(" ")}`];
}

/** The rooms of a person, without the lobby, in which every nc user is. */
function roomsIn(nick: string, rooms: string): readonly string[] {
  const named = rooms
    .trim()
    .split(" ")
    .filter((room) => room !== "#lobby");
  return named.length === 0 ? [] : [`${nick} in ${named.join(" ")}`];
}

/** A sentence without its hint. */
function clause(sentence: string): string {
  return sentence.replace(/;.*$/, "").replace(/\.$/, "");
}

function because(words: string, reason: string): string {
  return reason === "" ? words : `${words}: ${reason}`;
}
