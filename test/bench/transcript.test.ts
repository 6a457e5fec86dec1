import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BodyWording, bodyOf } from "../../bench/load/message-text.ts";
import { Framing, Reader, Transcript } from "../../bench/load/transcript.ts";

const SIZE = 40;
const said = (sender: number, seq: number) => `:u${sender}!u@h PRIVMSG #room :${bodyOf(sender, seq, SIZE)}\r\n`;
const LINES = Array.from({ length: 12 }, (_, i) => said(i % 2, Math.floor(i / 2)));
const ENDS = [6, 6];

/** Readers of one transcript; each takes text as a member does, in chunks of any size. */
function audience(many: number, alone = false) {
  const wording = new BodyWording(SIZE, (sender, head) => head === `:u${sender}!u@h PRIVMSG #room :`);
  const transcript = new Transcript(wording, [0, 0]);
  return Array.from({ length: many }, () => {
    const others: string[] = [];
    const each: string[] = [];
    let delivered = 0;
    const reader = new Reader(
      transcript,
      {
        delivered: (count) => {
          delivered += count;
        },
        each: (sender, seq) => each.push(`${sender}.${seq}`),
        other: (line) => others.push(line),
      },
      alone,
    );
    const framing = new Framing();
    const take = (text: string, sizes: readonly number[] = [text.length]) => {
      for (let at = 0, i = 0; at < text.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        framing.take(Buffer.from(text.slice(at, at + size)), (bytes, from, to) => reader.take(bytes, from, to));
        at += size;
      }
    };
    return { take, others, each, delivered: () => delivered, verdict: () => verdict(reader) };
  });
}

function verdict(reader: Reader) {
  const { check } = reader;
  const { doubled, reordered, strange } = check;
  return { missing: check.missing(ENDS), doubled, reordered, strange };
}

const RIGHT = { missing: 0, doubled: 0, reordered: 0, strange: 0 };

const without = (i: number) => LINES.toSpliced(i, 1);
const swapped = LINES.with(4, LINES[6] ?? "").with(6, LINES[4] ?? "");
const FAULTS: readonly (readonly [string, readonly string[], object])[] = [
  ["all of it", LINES, {}],
  ["one line less", without(5), { missing: 1 }],
  ["nothing of the end", LINES.slice(0, 8), { missing: 4 }],
  ["one line twice", LINES.toSpliced(5, 0, LINES[5] ?? ""), { doubled: 1 }],
  ["one line again at the end", [...LINES, LINES[2] ?? ""], { doubled: 1 }],
  ["two lines of a sender in another order", swapped, { reordered: 1 }],
  ["a letter wrong", LINES.with(5, (LINES[5] ?? "").replace("quick", "quack")), { missing: 1 }],
  ["another's name before it", LINES.with(5, (LINES[5] ?? "").replace("u1!", "u0!")), { missing: 1 }],
];

describe.each(FAULTS)("%s", (_, lines, odd) => {
  const expected = { ...RIGHT, ...odd };
  const text = lines.join("");

  test("is found for the reader that is ahead of all", () => {
    const [first, second] = audience(2);
    first?.take(text);
    second?.take(LINES.join(""));
    expect(first?.verdict()).toEqual(expected);
    expect(second?.verdict()).toEqual(RIGHT);
  });

  test("is found for a reader that is behind", () => {
    const [first, second] = audience(2);
    first?.take(LINES.join(""));
    second?.take(text);
    expect(first?.verdict()).toEqual(RIGHT);
    expect(second?.verdict()).toEqual(expected);
  });

  test("is found for all readers", () => {
    const all = audience(3);
    for (const each of all) each.take(text);
    for (const each of all) expect(each.verdict()).toEqual(expected);
  });

  test("is found for a reader that gets other lines than the rest", () => {
    const [one] = audience(1, true);
    one?.take(text);
    expect(one?.verdict()).toEqual(expected);
  });
});

test("however chunks are cut and whichever reader is ahead, every delivery is counted and reported once", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(sizes, sizes, fc.integer({ min: 0, max: 12 }), (one, other, turn) => {
      const [first, second] = audience(2);
      first?.take(LINES.slice(0, turn).join(""), one);
      second?.take(LINES.join(""), other);
      first?.take(LINES.slice(turn).join(""), one);
      for (const each of [first, second]) {
        expect(each?.verdict()).toEqual(RIGHT);
        expect(each?.delivered()).toBe(LINES.length);
        expect(each?.each).toEqual(LINES.map((_, i) => `${i % 2}.${Math.floor(i / 2)}`));
      }
    }),
  );
});

test("a line that is no delivery is passed on, and does not disturb the check", () => {
  const [first, second] = audience(2);
  first?.take([...LINES.slice(0, 3), "PING :1\r\n", ...LINES.slice(3)].join(""));
  second?.take([...LINES.slice(0, 7), ":u3!u@h QUIT :gone\r\n", ...LINES.slice(7)].join(""), [50]);
  expect([first?.others, second?.others]).toEqual([["PING :1"], [":u3!u@h QUIT :gone"]]);
  expect([first?.verdict(), second?.verdict()]).toEqual([RIGHT, RIGHT]);
});

test("tags before a delivery change nothing", () => {
  const [one] = audience(1);
  one?.take(LINES.map((line, i) => `@time=2026-01-01T00:00:0${i % 10}.000Z;msgid=${i} ${line}`).join(""));
  expect(one?.verdict()).toEqual(RIGHT);
});
