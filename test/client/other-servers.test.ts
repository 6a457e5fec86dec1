import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspircd, ngircd } from "../../bench/compare/other-servers.ts";
import { type ServerKind, startServer } from "../../bench/compare/servers.ts";
import { clientOf } from "../support/client/scripted-server.ts";
import { Condition } from "../support/patience.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

const ROW = { about: "", speaks: "irc", opening: "", echo: false, atOnce: 8, isVariant: false } as const;
const KINDS: readonly ServerKind[] = [
  { ...ROW, name: "ngircd", command: ngircd },
  { ...ROW, name: "inspircd", command: inspircdWithOperators },
];

/** InspIRCd, with the first member of a room as its operator. */
function inspircdWithOperators(port: number, folder: string): readonly string[] | undefined {
  const command = inspircd(port, folder);
  const file = join(folder, "inspircd.conf");
  if (command) writeFileSync(file, readFileSync(file, "utf8").replace('defaultmodes="nt"', 'defaultmodes="not"'));
  return command;
}

/** Lines that ann types in a room that she operates, with bob in it, and the answer to each. */
const SCRIPT: readonly (readonly [line: string, answer: RegExp])[] = [
  ["/who", /^-- In #dev: (?:ann \(operator\), bob|bob, ann \(operator\))$/],
  ["/names lobby", /^-- In #lobby: .*bob/],
  ["/whois bob", /^-- bob is in #/],
  ["/whois zed", /^-- Nobody here is called zed\.$/],
  ["/topic cake at four", /^-- ann set the topic of #dev: cake at four$/],
  ["/topic", /^-- The topic of #dev: cake at four$/],
  ["/list", /^-- #dev, 2 people: .*cake at four$/],
  ["/mode +m", /^-- ann switched moderated on in #dev/],
  ["/mode", /^-- #dev has the modes \+\w*m/],
  ["/voice bob", /^-- ann gave bob a voice in #dev/],
  ["/devoice bob", /^-- ann took bob's voice in #dev away/],
  ["/op bob", /^-- ann made bob an operator of #dev$/],
  ["/deop bob", /^-- ann made bob an operator of #dev no more/],
  ["/away at tea", /^-- You are away\.$/],
  ["/away", /^-- You are back\.$/],
  ["/ban", /^-- Nobody is banned from #dev\.$/],
  ["/ban zoe", /^-- ann banned zoe!\*@\* from #dev/],
  ["/ban", /^-- zoe!\*@\* is banned from #dev, by ann\.$/],
  ["/unban zoe", /^-- ann lifted the ban on zoe!\*@\* from #dev/],
  ["/ban bob 10m", /^-- A ban of this server has no end/],
  ["/invite bob", /^-- bob is in #dev already\.$/],
  ["/invite zed", /^-- Nobody here is called zed\.$/],
  ["/quote WHOIS bob", /^-- bob is in #/],
  ["/msg bob hi", /you → bob: hi$/],
  ["/me waves", / \* ann waves$/],
  ["/kick bob too loud", /^-- bob was kicked from #dev by ann: too loud$/],
  ["/invite bob", /^-- You invited bob to #dev\.$/],
  ["/nick anna", /^-- You are now anna\.$/],
  ["/leave", /^-- anna left #dev/],
];

test.each(KINDS)("$name: the basic commands work, and are answered in sentences", async (kind) => {
  const folder = mkdtempSync(join(tmpdir(), "tcpchat-other-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer(kind, folder, undefined);
  if (server === undefined) return console.warn(`${kind.name} is not installed: not tested`);
  cleanups.push(() => server[Symbol.asyncDispose]());
  const bob = talker(server.port, "bob");
  await bob.hears(/^-- In #lobby: /);
  const ann = talker(server.port, "ann");
  await ann.hears(/^-- In #lobby: /);
  ann.types("/join dev");
  await ann.hears(/^-- In #dev: ann$/);
  bob.types("/join dev");
  await ann.hears(/^-- bob joined #dev$/);
  for (const [line, answer] of SCRIPT) {
    ann.types(line);
    await ann.hears(answer);
  }
  expect(ann.heard.join("\n")).not.toMatch(/ \d\d\d | PONG |undefined/);
});

/** The client in a pipe, with a nick. */
function talker(port: number, nick: string) {
  const program = clientOf(nick, port, "linear");
  cleanups.push(() => program.kill());
  const heard: string[] = [];
  const shown = new Condition();
  let from = 0;
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of stream) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      heard.push(...lines);
      shown.notify();
    }
  };
  void read(program.stdout);
  void read(program.stderr);
  return {
    heard,
    types(line: string): void {
      program.stdin.write(`${line}\n`);
      program.stdin.flush();
    },
    /** Resolves when a matching line is shown, after the last one that was awaited. */
    async hears(line: RegExp): Promise<void> {
      let at = -1;
      const isShown = () => {
        at = heard.findIndex((each, i) => i >= from && line.test(each));
        return at >= 0;
      };
      if (!(await shown.until(isShown))) throw new Error(`${line} did not come; this did:\n${heard.join("\n")}`);
      from = at + 1;
    },
  };
}
