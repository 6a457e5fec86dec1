/**
 * Talks nonsense to a server: random bytes, lines of every command with random parameters, and mutations of both, over
 * connections of every face that are cut anywhere.
 *
 *     bun bench/fuzz.ts [--connections 10000] [--lines 100] [--seed 1] [--binary ./tcpchat]
 *
 * Exit status 1 if the server has ended, has stopped answering, or has told of a bug; the seed is printed with it.
 */
import { parseArgs } from "node:util";
import { COMMANDS } from "../src/irc/commands.ts";
import { COMMANDS as PLAIN } from "../src/plain/commands.ts";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "10000" },
    lines: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    binary: { type: "string", default: "./tcpchat" },
  },
});

const AT_ONCE = 50;
const connections = Number(values.connections);
const lines = Number(values.lines);

/** A small generator of numbers that are the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const random = generator(Number(values.seed));
const below = (n: number) => Math.floor(random() * n);
const pick = <T>(items: readonly T[], otherwise: T): T => items[below(items.length)] ?? otherwise;

const WORDS = [
  ..."#lobby #r #secret ann bob eve * @#r +#r 0 -1 99999999999 +o -o +b +k +l +beI +mnistC-mnistC a:ann m:*!*@* *!*@* :".split(
    " ",
  ),
  ...[
    "",
    ":",
    ":hello there",
    "é😀",
    "\u202e",
    "\u0001ACTION waves\u0001",
    "\u0001VERSION\u0001",
    "x".repeat(600),
    "%tcuihsnfdlaor,1",
  ],
  ..."LS 302 REQ END LATEST BEFORE msgid=x timestamp=2026-01-01T00:00:00.000Z 10 draft/multiline +1 -1 PLAIN AAAA =".split(
    " ",
  ),
  ..."message-tags server-time batch draft/chathistory draft/multiline echo-message labeled-response sasl".split(" "),
];
const TAGS = [
  "@label=x ",
  "@batch=1 ",
  "@+typing=active;+tcpchat/id=0123456789abcdef ",
  "@;;= ",
  `@${"a".repeat(4000)}=x `,
  "",
];

function line(): Uint8Array {
  const params = Array.from({ length: below(6) }, () => pick(WORDS, "x")).join(" ");
  const irc = `${pick(TAGS, "")}${pick([...COMMANDS.keys()], "PING")} ${params}`;
  const plain = `/${pick(PLAIN, PLAIN[0])?.name ?? "help"} ${params}`;
  const text = pick([irc, irc, irc, plain, params], irc);
  return mutated(Buffer.from(`${text}${pick(["\r\n", "\n", "\r\n", ""], "\n")}`));
}

function mutated(bytes: Uint8Array): Uint8Array {
  if (random() < 0.7) return bytes;
  const copy = Uint8Array.from(bytes);
  for (let n = below(4); n > 0; n--) copy[below(copy.length)] = below(256);
  return random() < 0.1 ? crypto.getRandomValues(new Uint8Array(below(2000))) : copy;
}

function opening(nick: string): string {
  const caps = WORDS.filter((word) => /^[a-z-]+(?:\/[a-z]+)?$/.test(word) && random() < 0.5).join(" ");
  return pick(
    [
      `CAP REQ :${caps}\r\nCAP END\r\nNICK ${nick}\r\nUSER u 0 * :U\r\nJOIN #r\r\n`,
      `NICK ${nick}\r\nUSER u 0 * :U\r\nJOIN #r,#secret\r\n`,
      "hello\n",
      "GET / HTTP/1.1\r\n\r\n",
      "\u0016\u0003\u0001",
      "",
    ],
    "",
  );
}

/** One connection's life: some nonsense, and an end that may come at any time. */
async function visit(port: number, number: number): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: () => {},
      close: () => ended.resolve(),
      end: (peer) => void peer.end(),
      error: () => ended.resolve(),
    },
  });
  socket.write(opening(`n${number}`));
  for (let n = below(lines * 2); n > 0; n--) {
    socket.write(line());
    if (n % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (random() < 0.5) socket.terminate();
  else socket.end();
  await ended.promise;
}

const server = Bun.spawn([values.binary, "server", "--host", "127.0.0.1", "--port", "0", "--ephemeral", "--quiet"], {
  stdout: "pipe",
  stderr: "pipe",
});
const heard = server.stderr.text();
const reader = server.stdout.getReader();
const { value = new Uint8Array() } = await reader.read();
const port = Number(/port (\d+)/.exec(new TextDecoder().decode(value))?.[1]);
const began = performance.now();
let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next < connections && server.exitCode === null) await visit(port, next++).catch(() => {});
  }),
);
const alive = server.exitCode === null;
server.kill("SIGTERM");
const code = await server.exited;
const bugs = (await heard).split("\n").filter((text) => /failed|Error|bug/.test(text));
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(`${connections} connections, about ${connections * lines} lines, seed ${values.seed}, ${seconds} s`);
console.log(`alive ${alive}, stopped with ${code}, told of ${bugs.length} bugs`);
for (const bug of bugs.slice(0, 20)) console.log(bug);
process.exit(alive && code === 0 && bugs.length === 0 ? 0 : 1);
