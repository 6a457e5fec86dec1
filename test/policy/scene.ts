import { expect, test } from "bun:test";
import type { ServerConfig } from "../../src/server/config/read.ts";
import { durationOf } from "../../src/text/time.ts";
import { startChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";
import { factsOf, LETTERS, ROOM } from "./facts.ts";

/** The protocols in which a person talks to the server: with nc, like our client (SLASH, `tcpchat/commands`), or with IRC's own commands. */
export const PROTOCOLS = ["nc", "SLASH", "IRC"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

const CONFIG = { replay: 0, operators: [{ name: "root", password: "sesame" }] };

/**
 * Plays a scene with every pair of protocols: the operator of #dev uses the first, everybody else the second. Everybody must
 * see the same in every combination. The lines:
 *
 *     ann bob zed=IRC eve?      all connect and join #dev, except `eve`; ann opens it; zed always uses IRC
 *     ann> /ban bob too loud    ann gives this command; a line without a slash is a message in #dev
 *     ann bob: ann +ban bob     these two see this fact, which reads the same in every protocol (see `factsOf`)
 *     later 10m                 the clock advances
 *
 * Any other fact between two commands fails the test.
 */
export function scene(name: string, script: string, changes: Partial<ServerConfig> = {}): void {
  for (const operator of PROTOCOLS)
    for (const others of PROTOCOLS)
      test(`${name}: ${operator} before ${others}`, async () => {
        let now = Date.UTC(2026, 0, 5);
        await using chat = startChat({ ...CONFIG, ...changes }, () => now);
        const people = new Map<string, Person>();
        try {
          for (const [number, line] of linesOf(script)) {
            if (people.size === 0) await enter(chat.port, line, [operator, others], people);
            else if (line.startsWith("later ")) now += durationOf(line.slice(6)) ?? 0;
            else await step(people, line, number);
          }
          await settle(people, "the end");
        } finally {
          for (const { wire } of people.values()) wire.close();
        }
      });
}

/** A person in a scene. */
interface Person {
  readonly name: string;
  readonly protocol: Protocol;
  readonly wire: WireClient;
  /** The facts that the person must see after the current command. */
  readonly expected: string[];
  /** Lines that were read with the barrier after the person's own command. */
  readonly read: string[];
}

function* linesOf(script: string): Generator<readonly [number, string]> {
  for (const [at, raw] of script.split("\n").entries()) {
    const line = raw.trim();
    if (line !== "" && !line.startsWith("#")) yield [at + 1, line];
  }
}

async function enter(
  port: number,
  line: string,
  protocols: readonly [Protocol, Protocol],
  people: Map<string, Person>,
) {
  for (const [at, word] of line.split(" ").entries()) {
    const [, name = "", fixed, outside] = /^(\w+)(?:=(\w+))?(\?)?$/.exec(word) ?? [];
    const protocol = PROTOCOLS.find((each) => each === fixed) ?? protocols[at === 0 ? 0 : 1];
    const wire = await WireClient.open(port, "127.0.0.1", `127.0.0.${at + 10}`);
    const person = { name, protocol, wire, expected: [], read: [] };
    people.set(name, person);
    if (protocol === "nc") wire.send(`/nick ${name}\n`);
    else {
      const caps = `echo-message invite-notify no-implicit-names${protocol === "SLASH" ? " tcpchat/commands" : ""}`;
      wire.send(`CAP REQ :${caps}\r\nNICK ${name}\r\nUSER ${name} 0 * :${name}\r\nCAP END\r\n`);
    }
    if (outside === undefined) wire.send(given(person, `/join ${ROOM}`));
    await seen(person);
  }
  for (const person of people.values()) await seen(person);
}

async function step(people: Map<string, Person>, line: string, number: number): Promise<void> {
  const [, names = "", sign = "", rest = ""] = /^([\w ]+?)(>|:) ?(.*)$/.exec(line) ?? [];
  const actors = (names === "all" ? [...people.keys()] : names.split(" ")).map((name) => people.get(name));
  for (const person of actors) {
    if (!person) throw new Error(`line ${number} is not understood: ${line}`);
    if (sign === ":") {
      person.expected.push(rest);
      continue;
    }
    await settle(people, `line ${number}`);
    person.wire.send(given(person, rest));
    if (rest.startsWith("/quit")) await person.wire.closed();
    person.read.push(...(await seen(person)));
  }
}

/** Fails unless everybody saw exactly the expected facts. */
async function settle(people: Map<string, Person>, before: string): Promise<void> {
  for (const person of people.values()) {
    const lines = [...person.read.splice(0), ...(await seen(person))];
    const facts = lines.flatMap((line) => factsOf(person.protocol === "nc", line, person.name));
    expect({ before, who: person.name, protocol: person.protocol, sees: facts }).toEqual({
      before,
      who: person.name,
      protocol: person.protocol,
      sees: person.expected.splice(0),
    });
  }
}

const BARRIER = /(?:PONG \S+ barrier|There is no \/barrier)/;

function barrierOf({ protocol }: Person): string {
  return protocol === "nc" ? "/barrier\n" : "PING barrier\r\n";
}

async function seen(person: Person): Promise<readonly string[]> {
  if (person.wire.isClosed) return [];
  person.wire.send(barrierOf(person));
  return (await person.wire.until(BARRIER)).slice(0, -1);
}

/** A command as the person's client sends it. */
function given({ protocol, name }: Person, order: string): string {
  if (protocol === "nc") return `${order}\n`;
  if (!order.startsWith("/")) return `PRIVMSG ${ROOM} :${order}\r\n`;
  const isOwn = protocol === "IRC" || /^\/(?:register|oper|quit)\b/.test(order);
  return `${isOwn ? inIrc(order, name) : `SLASH ${ROOM} :${order}`}\r\n`;
}

/** A slash command as an IRC command. */
function inIrc(order: string, own: string): string {
  const [, command = "", words = ""] = /^\/(\S+) ?(.*)$/.exec(order) ?? [];
  const [, first = "", rest = ""] = /^(\S*) ?(.*)$/.exec(words) ?? [];
  const [, lasts = "", why = ""] = /^(\d+[smhd])? ?(.*)$/.exec(rest) ?? [];
  const letter = LETTERS[first] ?? first;
  switch (command) {
    case "register":
      return `REGISTER * * ${first}`;
    case "oper":
      return `OPER ${words}`;
    case "quit":
      return `QUIT :${words}`;
    case "join":
      return `JOIN ${words}`;
    case "leave":
      return `PART ${first} :${rest}`;
    case "nick":
      return `NICK ${first}`;
    case "kick":
      return `KICK ${ROOM} ${first} :${rest}`;
    case "ban":
      return `TBAN ${ROOM} ${lasts || "0"} ${first} :${why}`;
    case "mute":
      return `TBAN ${ROOM} ${lasts || "0"} m:${first} :${why}`;
    case "unban":
      return `MODE ${ROOM} -b ${first}`;
    case "unmute":
      return `MODE ${ROOM} -b m:${first}`;
    case "op":
    case "voice":
      return `MODE ${ROOM} +${command[0]} ${first}`;
    case "deop":
    case "devoice":
      return `MODE ${ROOM} -${command[2]} ${first}`;
    case "invite":
      return `INVITE ${first} ${ROOM}`;
    case "topic":
      return `TOPIC ${ROOM} :${words}`;
    case "set":
      return `MODE ${ROOM} ${rest === "off" ? "-" : "+"}${letter} ${rest === "on" ? "" : rest}`.trimEnd();
    case "who":
      return `NAMES ${first}`;
    case "except":
      return `MODE ${ROOM} +e ${first}`;
    case "onlyban":
      return `MODE ${ROOM} +b ${first}`;
    case "invisible":
      return `MODE ${own} +i`;
    case "whois":
      return `WHOIS ${first}`;
    case "rooms":
      return "LIST";
    default:
      throw new Error(`IRC has no ${order} for ${own}`);
  }
}
