import { test } from "bun:test";
import type { ServerConfig } from "../../src/server/config/read.ts";
import { startChat } from "./chat-server.ts";
import { Wire } from "./socket.ts";

/** What a player speaks: IRC with capabilities, plain text like nc, or nothing until the script says so. */
type Kind = "irc" | "nc" | "raw";

interface Player {
  readonly name: string;
  readonly kind: Kind;
  readonly wire: Wire;
}

/**
 * Plays a transcript against a server and fails where it does not hold. A line each:
 *
 *     ann: irc server-time batch     ann connects with these capabilities, and has read her welcome
 *     bob: nc                        bob connects as a person does, and has read his greeting
 *     eve: raw                       eve connects, and has sent nothing
 *     ann> PRIVMSG bob :hi           ann sends this
 *     bob< *PRIVMSG bob :hi          bob's next line is this; `*` is any text
 *     bob|                           nothing more has come for bob
 *     bob.                           the server has closed bob's connection
 *     bob~ JOIN #dev                 lines come for bob, and then one that has these words in it
 *     bob!                           bob's connection is lost without a QUIT, and the server has noticed
 *
 * A line that nobody expected fails the test at the end.
 */
export async function play(port: number, script: string): Promise<void> {
  const players = new Map<string, Player>();
  try {
    for (const [number, raw] of script.split("\n").entries()) {
      const line = raw.trim();
      if (line !== "" && !line.startsWith("#")) await step(port, players, line, number + 1);
    }
    await nothingLeft([...players.values()]);
  } finally {
    for (const player of players.values()) player.wire.close();
  }
}

/** A test that plays one transcript against a chat server of its own. */
export function rule(name: string, script: string, changes: Partial<ServerConfig> = {}): void {
  test(name, async () => {
    await using chat = startChat(changes);
    await play(chat.port, script);
  });
}

async function step(port: number, players: Map<string, Player>, line: string, number: number): Promise<void> {
  const [, name = "", sign = "", rest = ""] = /^(\w+)([:><|.~!]) ?(.*)$/.exec(line) ?? [];
  if (sign === ":") {
    players.set(name, await enter(port, name, rest));
    return;
  }
  const player = players.get(name);
  if (!player) throw new Error(`line ${number}: nobody is called ${name}: ${line}`);
  if (sign === ">") player.wire.send(`${unescaped(rest)}\r\n`);
  else if (sign === "<") await expectLine(player, unescaped(rest), number);
  else if (sign === "~") await player.wire.until(wordsOf(rest));
  else if (sign === "!") await player.wire.lose();
  else if (sign === "|") await nothingLeft([player]);
  else if (sign === ".") await player.wire.closed();
  else throw new Error(`line ${number} is not understood: ${line}`);
}

/** `\x01` and the like in a script are the characters that they name. */
function unescaped(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

async function enter(port: number, name: string, what: string): Promise<Player> {
  const [kind = "", ...caps] = what.split(" ");
  const wire = await Wire.open(port);
  if (kind === "irc") {
    if (caps.length > 0) wire.send(`CAP REQ :${caps.join(" ")}\r\nCAP END\r\n`);
    wire.send(`NICK ${name}\r\nUSER ${name} 0 * :Real ${name}\r\n`);
    await wire.until(/ (?:376|422) /);
  } else if (kind === "nc") {
    wire.send(`/nick ${name}\n`);
    await wire.until(new RegExp(`^-- You are ${name} now`));
  } else if (kind !== "raw") {
    throw new Error(`${name} speaks irc, nc or raw, not ${kind}`);
  }
  return { name, kind: kind as Kind, wire };
}

async function expectLine({ name, wire }: Player, expected: string, number: number): Promise<void> {
  const line = await wire.next();
  if (line === undefined) throw new Error(`line ${number}: ${name} was to get\n  ${expected}\nand got nothing`);
  if (!matches(expected, line))
    throw new Error(`line ${number}: ${name} was to get\n  ${expected}\nand got\n  ${line}`);
}

/** Words as they stand alone: `366` is not a part of a time or of a cloak, which any number may be in. */
function wordsOf(text: string): RegExp {
  return new RegExp(`(?<![\\w.])${escaped(text)}(?!\\w)`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

/** Whether a line is as expected, where `*` stands for any text. */
function matches(expected: string, line: string): boolean {
  const pattern = expected.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`, "s").test(line);
}

let barriers = 0;

/** Fails if anything more has come, or is on its way, for these. Twice around: what one causes, another may get. */
async function nothingLeft(players: readonly Player[]): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for (const player of players) {
      if (player.wire.isClosed || player.kind === "raw") continue;
      const left = await barrier(player);
      if (left.length > 0) throw new Error(`${player.name} got what nobody expected:\n  ${left.join("\n  ")}`);
    }
  }
}

/** Asks for an answer and waits for it; answers what came before it. */
async function barrier({ kind, wire }: Player): Promise<readonly string[]> {
  const token = `barrier-${++barriers}`;
  wire.send(kind === "irc" ? `PING ${token}\r\n` : `/${token}\n`);
  const lines = await wire.until(new RegExp(token));
  return lines.slice(0, -1);
}
