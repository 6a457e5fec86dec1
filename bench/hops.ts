import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/**
 * Counts the functions of `src`, and their files, that a line passes through from the server's socket to the sockets
 * of those who get the answer. `bun bench/hops.ts [ROOT]` prints a table; with `--calls` each call too.
 *
 * Every named function and method is made to report its call as its file is loaded; arrow functions count for the
 * function in which they stand. Sockets, store and timers are the real ones.
 */

interface Call {
  readonly file: string;
  readonly name: string;
}

const [given = join(import.meta.dir, ".."), ...flags] = process.argv.slice(2).filter((word) => word !== "--calls");
const root = resolve(given);
const showsCalls = process.argv.includes("--calls");
if (flags.length > 0) throw new Error("usage: bun bench/hops.ts [ROOT] [--calls]");

const names: Call[] = [];
const calls: number[] = [];
let records = false;
Object.assign(globalThis, {
  __hop: (id: number): void => {
    if (records) calls.push(id);
  },
});

// The code is formatted, so a function's first line is found by its indentation, and the end of its head by the brace.
const HEAD =
  /^(?:export )?(?:async )?function\*? *(\w+)|^ {2}(?:private |static |override |async |get |set )*\*?(#?\w+)(?:<[^(]*>)?\(/;
const NO_METHOD = /^ {2}(?:if|for|while|switch|return|throw|constructor|await|yield|catch|super|expect)\b/;

/** The source with a report at the beginning of each named function. */
function reporting(source: string, file: string): string {
  let open: string | undefined;
  let isClass = false;
  return source
    .split("\n")
    .map((line) => {
      if (/^(?:export )?(?:abstract )?class /.test(line)) isClass = true;
      else if (/^\}/.test(line)) isClass = false;
      const [, ofModule, ofClass] = HEAD.exec(line) ?? [];
      if (ofModule !== undefined) open = ofModule;
      else if (ofClass !== undefined && isClass && !NO_METHOD.test(line)) open = ofClass;
      const closes = open !== undefined && /[^=]\{$/.test(line) && !/[=(,] \{$|\(\{$|=> \{$|: \{$|^\s+\{$/.test(line);
      const oneLine = open !== undefined && /\{\}$|;$/.test(line);
      if (!closes) {
        if (oneLine) open = undefined;
        return line;
      }
      const id = names.push({ file, name: open ?? "" }) - 1;
      open = undefined;
      return `${line} __hop(${id});`;
    })
    .join("\n");
}

Bun.plugin({
  name: "hops",
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const isOurs = path.startsWith(`${root}/src/`) && !path.includes("search-worker");
      return { contents: isOurs ? reporting(source, relative(`${root}/src`, path)) : source, loader: "ts" };
    });
  },
});

interface WireClient {
  send(line: string): void;
  until(line: string | RegExp): Promise<unknown>;
}

const { startChat } = await import(join(root, "test/support/chat-server.ts"));
const { WireClient } = await import(join(root, "test/support/socket.ts"));
const chat = startChat({ exempt: ["127.0.0.0/8"] });

function lines(wire: WireClient): WireClient {
  return { send: (line) => wire.send(`${line}\r\n`), until: (shape) => wire.until(shape) };
}

async function irc(nick: string): Promise<WireClient> {
  const wire = lines(await WireClient.open(chat.port));
  wire.send("CAP REQ :message-tags server-time batch echo-message draft/chathistory labeled-response");
  wire.send(`NICK ${nick}`);
  wire.send("USER u 0 * :U");
  wire.send("CAP END");
  await wire.until(/ 422 | 376 /);
  wire.send("JOIN #dev");
  await wire.until(/ 366 /);
  return wire;
}

const ann = await irc("ann");
const bob = await irc("bob");
const eve = lines(await WireClient.open(chat.port));
eve.send("/join #dev");
await eve.until(/You are in #dev/);
eve.send("/join #ops");
await eve.until(/You are in #ops/);

/** Sends a line three times, records the last, and prints what it passed through. */
async function trace(
  title: string,
  from: WireClient,
  line: string,
  arrivals: readonly (readonly [WireClient, RegExp])[],
): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const numbered = line.replaceAll("%", String(round));
    await Bun.sleep(50); // lets the work of earlier lines finish
    calls.length = 0;
    records = true;
    from.send(numbered);
    await Promise.all(
      arrivals.map(([wire, shape]) => wire.until(new RegExp(shape.source.replaceAll("%", String(round))))),
    );
    records = false;
  }
  const passed = calls.map((id) => names[id]).filter((call): call is Call => call !== undefined);
  const files = new Set(passed.map(({ file }) => file));
  console.log(`${title}: ${files.size} files, ${passed.length} calls`);
  if (showsCalls) for (const { file, name } of passed) console.log(`  ${file} ${name}`);
}

await trace("PRIVMSG", ann, "PRIVMSG #dev :hello %", [
  [bob, /PRIVMSG #dev :hello %/],
  [ann, /PRIVMSG #dev :hello %/],
]);
await trace("PING", ann, "PING token%", [[ann, /PONG .*token%/]]);
await trace("CHATHISTORY", ann, "CHATHISTORY LATEST #dev * 50", [[ann, /BATCH -/]]);
await trace("nc /ban", eve, "/ban ann%!*@*", [[eve, /ann%/]]);
process.exit(0);
