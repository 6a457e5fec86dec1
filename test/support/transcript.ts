/** Transcripts: `ann> sent`, `ann< expected`, played on real sockets. */

import { test } from "bun:test";
import type { ServerConfig } from "../../src/server/config/read.ts";
import { startChat } from "./chat-server.ts";
import { WireClient } from "./socket.ts";

/** How a player connects: as an IRC client, as a person with nc, or without sending anything. */
type Kind = "irc" | "nc" | "raw";

interface RecordingSession {
  readonly name: string;
  readonly kind: Kind;
  readonly wire: WireClient;
}

/**
 * Plays a transcript against a server, and fails at the first line that does not hold. The lines:
 *
 *     ann: irc server-time batch     ann connects with these capabilities and has read the welcome
 *     bob: nc                        bob connects with nc and has read the greeting
 *     eve: raw                       eve connects and has sent nothing
 *     dan: 2 irc                     dan connects to the second of several servers
 *     ann> PRIVMSG bob :hi           ann sends this
 *     bob< *PRIVMSG bob :hi          bob's next line is this; `*` is any text
 *     bob|                           nothing more has come for bob
 *     bob.                           the server has closed bob's connection
 *     bob~ JOIN #dev                 bob gets any lines, and then one that contains these words
 *     bob!                           bob's connection is lost without a QUIT, and the server has noticed
 *
 * At the end, an unexpected line fails the test.
 */
export async function play(ports: number | readonly number[], script: string): Promise<void> {
  const players = new Map<string, RecordingSession>();
  try {
    for (const [number, raw] of script.split("\n").entries()) {
      const line = raw.trim();
      if (line !== "" && !line.startsWith("#")) await step([ports].flat(), players, line, number + 1);
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

async function step(
  ports: readonly number[],
  players: Map<string, RecordingSession>,
  line: string,
  number: number,
): Promise<void> {
  const [, name = "", sign = "", rest = ""] = /^(\w+)([:><|.~!]) ?(.*)$/.exec(line) ?? [];
  if (sign === ":") {
    const [, place = "1", what = ""] = /^(?:(\d) )?(.*)$/.exec(rest) ?? [];
    players.set(name, await enter(ports[Number(place) - 1] ?? 0, name, what));
    return;
  }
  const player = players.get(name);
  if (!player) throw new Error(`line ${number}: no player is called ${name}: ${line}`);
  if (sign === ">") player.wire.send(`${unescaped(rest)}\r\n`);
  else if (sign === "<") await expectLine(player, unescaped(rest), number);
  else if (sign === "~") await player.wire.until(wordsOf(rest));
  else if (sign === "!") await player.wire.lose();
  else if (sign === "|") await nothingLeft([player]);
  else if (sign === ".") await player.wire.closed();
  else throw new Error(`line ${number} is not understood: ${line}`);
}

/** Replaces `\x01` and the like by the characters that they name. */
function unescaped(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

async function enter(port: number, name: string, what: string): Promise<RecordingSession> {
  const [kind = "", ...caps] = what.split(" ");
  const wire = await WireClient.open(port);
  if (kind === "irc") {
    if (caps.length > 0) wire.send(`CAP REQ :${caps.join(" ")}\r\nCAP END\r\n`);
    wire.send(`NICK ${name}\r\nUSER ${name} 0 * :Real ${name}\r\n`);
    await wire.until(/ (?:376|422) /);
  } else if (kind === "nc") {
    wire.send(`/nick ${name}\n`);
    await wire.until(new RegExp(`^-- You are ${name} now`));
  } else if (kind !== "raw") {
    throw new Error(`${name} connects as irc, nc or raw, not as ${kind}`);
  }
  return { name, kind: kind as Kind, wire };
}

async function expectLine({ name, wire }: RecordingSession, expected: string, number: number): Promise<void> {
  const line = await wire.next();
  if (line === undefined) throw new Error(`line ${number}: ${name} expected\n  ${expected}\nand got nothing`);
  if (!matches(expected, line)) throw new Error(`line ${number}: ${name} expected\n  ${expected}\nand got\n  ${line}`);
}

/** Matches whole words: `366` matches neither a part of a time nor of a cloak. */
function wordsOf(text: string): RegExp {
  return new RegExp(`(?<![\\w.])${escaped(text)}(?!\\w)`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

/** Whether a line matches, where `*` is any text. */
function matches(expected: string, line: string): boolean {
  const pattern = expected.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`, "s").test(line);
}

let barriers = 0;

/** Fails if any line has come or is coming for these players. Two rounds: one player's line may cause another's. */
async function nothingLeft(players: readonly RecordingSession[]): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for (const player of players) {
      if (player.wire.isClosed || player.kind === "raw") continue;
      const left = await barrier(player);
      if (left.length > 0) throw new Error(`${player.name} got unexpected lines:\n  ${left.join("\n  ")}`);
    }
  }
}

/** Asks the server for an answer and waits for it; returns the lines before it. */
async function barrier({ kind, wire }: RecordingSession): Promise<readonly string[]> {
  const token = `barrier-${++barriers}`;
  wire.send(kind === "irc" ? `PING ${token}\r\n` : `/${token}\n`);
  const lines = await wire.until(new RegExp(token));
  return lines.slice(0, -1);
}
