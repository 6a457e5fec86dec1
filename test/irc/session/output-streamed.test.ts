import { expect, test } from "bun:test";
import { SessionOutput } from "../../../src/irc/session/output.ts";
import type { Peer } from "../../../src/wire/protocol.ts";

/** A peer that reads when the test says so, with everything sent to it. */
class Reader {
  sent = "";
  readonly #answers: Iterator<Uint8Array>[] = [];
  readonly peer = {
    push: (bytes: Uint8Array) => {
      this.sent += Buffer.from(bytes).toString();
    },
    stream: (answer: Iterator<Uint8Array>) => this.#answers.push(answer),
  } as Partial<Peer> as Peer;

  /** Reads the next chunk of the streamed answer; false if there is none. */
  reads(): boolean {
    const next = this.#answers[0]?.next();
    if (next?.done) this.#answers.shift();
    else if (next) this.sent += Buffer.from(next.value).toString();
    return this.#answers.length > 0;
  }

  get lines(): readonly string[] {
    while (this.reads());
    return this.sent.split("\r\n").slice(0, -1);
  }
}

function setup() {
  const reader = new Reader();
  return { reader, output: new SessionOutput(reader.peer, "s") };
}

/** Lines of a hundred bytes, with a count of those made so far. */
function answer(count: number, batch?: string) {
  let made = 0;
  function* lines(): Generator<string> {
    if (batch !== undefined) yield `:s BATCH +${batch} chathistory #r`;
    for (; made < count; made++) yield `${batch === undefined ? "" : `@batch=${batch} `}:s 322 ann ${"x".repeat(80)}`;
    if (batch !== undefined) yield `:s BATCH -${batch}`;
  }
  return { lines: lines(), made: () => made };
}

test("a labelled long answer is made as it is read, in a batch that has the label", () => {
  const { reader, output } = setup();
  const { lines, made } = answer(10_000);
  output.begin("x");
  output.reply(":s 321 ann :List\r\n");
  output.stream(lines);
  output.end();
  expect(made()).toBe(0);
  for (let i = 0; i < 4; i++) reader.reads();
  expect(made()).toBeLessThan(500);
  expect(reader.sent).toStartWith("@label=x :s BATCH +r1 labeled-response\r\n@batch=r1 :s 321 ann :List\r\n");
  const all = reader.lines;
  expect(all.length).toBe(10_003);
  expect(all.slice(1, -1).every((line) => line.startsWith("@batch=r1 :s "))).toBe(true);
  expect(all.at(-1)).toBe(":s BATCH -r1");
});

test("a long answer that is one batch has the label itself", () => {
  const { reader, output } = setup();
  output.begin("x");
  output.stream(answer(1000, "h").lines);
  output.end();
  const [first, ...rest] = reader.lines;
  expect(first).toBe("@label=x :s BATCH +h chathistory #r");
  expect(rest.slice(0, -1).every((line) => line.startsWith("@batch=h :s 322"))).toBe(true);
  expect(rest.at(-1)).toBe(":s BATCH -h");
});

test("a batch within a long answer is nested", () => {
  const { reader, output } = setup();
  output.begin("x");
  output.reply(":ann JOIN #r\r\n");
  output.stream(answer(1000, "h").lines);
  output.end();
  const lines = reader.lines;
  expect(lines.slice(0, 4)).toEqual([
    "@label=x :s BATCH +r1 labeled-response",
    "@batch=r1 :ann JOIN #r",
    "@batch=r1 :s BATCH +h chathistory #r",
    `@batch=h :s 322 ann ${"x".repeat(80)}`,
  ]);
  expect(lines.slice(-2)).toEqual(["@batch=r1 :s BATCH -h", ":s BATCH -r1"]);
});

test("a short streamed answer is labelled like any other", () => {
  for (const [count, first] of [
    [0, "@label=x :s ACK"],
    [1, `@label=x :s 322 ann ${"x".repeat(80)}`],
  ] as const) {
    const { reader, output } = setup();
    output.begin("x");
    output.stream(answer(count).lines);
    output.end();
    expect(reader.lines).toEqual([first]);
  }
});

test("further replies to a command follow its long answer, and other lines do not wait", () => {
  for (const label of [undefined, "x"]) {
    const { reader, output } = setup();
    output.begin(label);
    output.stream(answer(500).lines);
    output.reply(":s 366 ann :End\r\n");
    output.stream(["one", "two"]);
    output.end();
    reader.reads();
    output.deliver(Buffer.from(":bob PRIVMSG #r :hi\r\n"), false);
    output.reply("PING s\r\n");
    const kinds = reader.lines.map((line) => /322|366|PRIVMSG|PING|one|two/.exec(line)?.[0] ?? "BATCH");
    const order = kinds.filter((kind, at) => kind !== "BATCH" && kind !== kinds[at - 1]);
    expect(order).toEqual(["322", "PRIVMSG", "PING", "322", "366", "one", "two"]);
    for (const line of reader.lines) if (/PRIVMSG|PING/.test(line)) expect(line).not.toStartWith("@");
  }
});

test("nothing more is made after the end of the session", () => {
  const { reader, output } = setup();
  const { lines, made } = answer(10_000);
  output.begin(undefined);
  output.stream(lines);
  output.end();
  reader.reads();
  const before = made();
  output.cut();
  output.reply("ERROR :over\r\n");
  expect(reader.lines.at(-1)).toBe("ERROR :over");
  expect(made()).toBeLessThanOrEqual(before + 1);
});
