import { describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { droppedWords, type OutputDescriptor, openOutput, StdoutPrinter } from "../../../src/server/ops/stdout.ts";
import { binary, nowhere, Program } from "../../support/binary.ts";
import { Condition } from "../../support/patience.ts";
import { WireClient } from "../../support/socket.ts";

/** An output that keeps the bytes it takes, with room for `room` bytes. */
class Paper implements OutputDescriptor {
  readonly writes: string[] = [];
  room = Number.POSITIVE_INFINITY;
  isGone = false;

  write(bytes: Uint8Array): number | undefined {
    if (this.isGone) return undefined;
    const taken = Math.min(bytes.length, this.room);
    this.room -= taken;
    if (taken > 0) this.writes.push(Buffer.from(bytes.subarray(0, taken)).toString());
    return taken;
  }

  get text(): string {
    return this.writes.join("");
  }
}

function setup(): { paper: Paper; printer: StdoutPrinter } {
  const paper = new Paper();
  return { paper, printer: new StdoutPrinter({ output: paper, dropped: (count) => `-- ${droppedWords(count)}` }) };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("the lines of one turn of the event loop are printed in order, with one write", async () => {
  const { paper, printer } = setup();
  printer.print("one");
  printer.print("two");
  expect(paper.writes).toEqual([]);
  await nextTurn();
  printer.print("three");
  await nextTurn();
  expect(paper.writes).toEqual(["one\ntwo\n", "three\n"]);
});

test("lines that do not fit wait, and are written in order later", async () => {
  const { paper, printer } = setup();
  paper.room = 2;
  for (const line of ["one", "twö", "three"]) {
    printer.print(line);
    await nextTurn();
  }
  expect(paper.text).toBe("on");
  paper.room = Number.POSITIVE_INFINITY;
  await printer.end();
  expect(paper.text).toBe("one\ntwö\nthree\n");
});

test("while the output takes nothing a bounded number of lines waits; the rest is counted and reported in one line", async () => {
  const { paper, printer } = setup();
  paper.room = 0;
  const line = "x".repeat(9999);
  for (let n = 0; n < 1000; n++) {
    printer.print(line);
    if (n % 10 === 0) await nextTurn();
  }
  paper.room = Number.POSITIVE_INFINITY;
  await printer.end();
  printer.print("again");
  await printer.end();
  const lines = paper.text.split("\n").slice(0, -1);
  const printed = lines.filter((each) => each === line).length;
  expect(printed * 10_000).toBeLessThan(2.2 * (1 << 20));
  expect(lines.slice(printed)).toEqual([`-- ${1000 - printed} lines were not printed`, "again"]);
});

test("one dropped line is reported in the singular", () => {
  expect(droppedWords(1)).toBe("1 line was not printed");
});

test("the end does not wait for an output that takes nothing more, nor for one that is gone", async () => {
  const { paper, printer } = setup();
  paper.room = 3;
  printer.print("stuck");
  await printer.end();
  expect(paper.text).toBe("stu");
  paper.isGone = true;
  printer.print("gone");
  await printer.end();
  printer.print("more");
  paper.isGone = false;
  await printer.end();
  expect(paper.text).toBe("stu");
});

/** A pipe that nobody reads until `read`. */
class StuckPipe implements Disposable {
  readonly descriptor: number;

  constructor() {
    const path = join(nowhere(), "pipe");
    execFileSync("mkfifo", [path]);
    // For reading and writing, so that opening it does not block.
    this.descriptor = openSync(path, constants.O_RDWR);
  }

  /** Its content. */
  read(): string {
    const buffer = Buffer.alloc(1 << 20);
    return buffer.toString("utf8", 0, readSync(this.descriptor, buffer));
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor);
  }
}

describe("an output", () => {
  test("over a full pipe takes nothing, and goes on when there is room", () => {
    using pipe = new StuckPipe();
    const output = openOutput(pipe.descriptor);
    let sum = 0;
    for (let taken = 1; taken; sum += taken) taken = output.write(Buffer.alloc(5000, "x")) ?? 0;
    expect(sum).toBeGreaterThan(4096);
    expect(pipe.read().length).toBe(sum);
    expect(output.write(Buffer.from("more"))).toBe(4);
  });

  test("over a file writes it where the descriptor stands", () => {
    const path = join(nowhere(), "file");
    const descriptor = openSync(path, "w");
    const output = openOutput(descriptor);
    expect([output.write(Buffer.from("one")), output.write(Buffer.from("two"))]).toEqual([3, 3]);
    closeSync(descriptor);
    expect(readFileSync(path, "utf8")).toBe("onetwo");
    expect(output.write(Buffer.from("closed"))).toBeUndefined();
  });
});

/** Two people in a room: one says a line, the other gets it. */
async function talk(port: number, count: number): Promise<void> {
  const [ann, bob] = await Promise.all(["ann", "bob"].map((nick) => enter(port, nick)));
  if (!ann || !bob) return;
  const words = "x".repeat(400);
  for (let n = 0; n < count; n++) {
    const lines = Array.from({ length: 40 }, (_, at) => `PRIVMSG #lobby :${n}.${at} ${words}\r\n`);
    ann.send(lines.join(""));
    await bob.until(new RegExp(`:${n}\\.39 `));
  }
  for (const wire of [ann, bob]) {
    wire.send("QUIT\r\n");
    await wire.closed();
  }
}

async function enter(port: number, nick: string): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`CAP REQ :draft/chathistory\r\nCAP END\r\nNICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nJOIN #lobby\r\n`);
  await wire.until(/ 366 /);
  return wire;
}

const SERVER = ["server", "--host", "127.0.0.1", "--port", "0", "--ephemeral"];

describe("people talk on, and a stop ends, where the server's output is", () => {
  test("a terminal that was stopped by Ctrl-S; afterwards a line says how many are missing", async () => {
    let shown = "";
    const drawn = new Condition();
    const process = Bun.spawn([await binary(), ...SERVER], {
      env: { HOME: nowhere() },
      terminal: {
        data: (_terminal, bytes) => {
          shown += Buffer.from(bytes).toString();
          drawn.notify();
        },
      },
    });
    const shows = async (pattern: RegExp) => {
      if (!(await drawn.until(() => pattern.test(shown))))
        throw new Error(`${pattern} is not shown; this is: ${shown}`);
    };
    await shows(/running on port (\d+)/);
    const port = Number(/running on port (\d+)/.exec(shown)?.[1]);
    process.terminal?.write("\x13");
    await talk(port, 80);
    expect(shown).not.toContain(" 79.39 ");
    process.terminal?.write("\x11");
    await shows(/-- \d+ lines were not printed\r\n/);
    process.terminal?.write("\x13");
    await talk(port, 1);
    process.kill("SIGTERM");
    expect(await process.exited).toBe(0);
  });

  test("an unread pipe, also for the log", async () => {
    using pipe = new StuckPipe();
    using log = new StuckPipe();
    const process = Bun.spawn([await binary(), ...SERVER], {
      env: { HOME: nowhere() },
      stdio: ["ignore", pipe.descriptor, log.descriptor],
    });
    try {
      const port = Number(/port (\d+)/.exec(pipe.read())?.[1]);
      await talk(port, 10);
      process.kill("SIGTERM");
      expect(await process.exited).toBe(0);
      expect(pipe.read()).toContain("<ann> 0.0 ");
    } finally {
      process.kill("SIGKILL");
    }
  });
});

test("the last lines of a stopping server are printed completely", async () => {
  await using server = await Program.server();
  const ann = await enter(server.port, "ann");
  ann.send(`${"PRIVMSG #lobby :words\r\n".repeat(8)}PRIVMSG #lobby :the last\r\nPING x\r\n`);
  await ann.until(/PONG/);
  server.process.kill("SIGTERM");
  expect(await server.exit()).toBe(0);
  expect(server.stdout).toContain("<ann> the last\n");
});
