import { expect, test } from "bun:test";
import { LineInput } from "../../../src/server/peer/line-input.ts";
import { OVERLONG } from "../../../src/wire/lines.ts";

/** 200 ms without another packet. */
const SILENCE = undefined;

/** The lines of these packets. */
function linesOf(packets: readonly (string | undefined)[], { isIrc = false } = {}): readonly string[] {
  const input = new LineInput({ begun: () => {}, settled: () => {}, swallowed: () => {} });
  if (isIrc) input.takeAsIs();
  const lines: string[] = [];
  for (const packet of packets) {
    if (packet === undefined) input.fragmentDue();
    else input.push(Buffer.from(packet, "latin1"));
    do
      for (let line = input.next(); line !== undefined; line = input.next())
        lines.push(line === OVERLONG ? OVERLONG : Buffer.from(line).toString("latin1"));
    while (input.takePacket());
  }
  if (input.hasHungUp) lines.push("<hung up>");
  return lines;
}

test.each([
  ["lines", ["one\ntw", "o\r\n"], ["one", "two"]],
  ["half a line that goes on", ["hel", "lo\n", "half", SILENCE], ["hello"]],
  ["bare messages", ["hello", SILENCE, "and more", "bye"], ["hello", "and more", "bye"]],
  ["keys", ["h", "i", SILENCE, "\r", "\n", "y", "o", "\r\n"], ["hi", "yo"]],
  ["keys, the first of them taken back", ["h", "\x03", "i", "\r"], ["i"]],
  ["Ctrl-D where nothing is typed", ["h", "\r", "\x04"], ["h", "<hung up>"]],
  ["telnet's sequences", ["\xff\xfd\x01\xff\xfb\x1fhi\r\n"], ["hi"]],
  ["a line that is too long", [`${"x".repeat(9000)}\nhi\n`], [OVERLONG, "hi"]],
])("of %s", (_, packets, lines) => {
  expect(linesOf(packets)).toEqual(lines);
});

test("a client's bytes are left as they are", () => {
  expect(linesOf(["PING \xff\xfd\x01\r\n"], { isIrc: true })).toEqual(["PING \xff\xfd\x01"]);
});

test("it tells what waits, and nothing once that is forgotten", () => {
  const told: string[] = [];
  const input = new LineInput({
    begun: () => told.push("begun"),
    settled: () => told.push("settled"),
    swallowed: (count) => told.push(`${count} swallowed`),
  });
  input.push(Buffer.from([0xff, 0xfd, 0x01, 0x68, 0x69]));
  expect([input.waiting, input.held, input.isAtRest]).toEqual([5, 5, false]);
  input.takePacket();
  expect([input.waiting, input.held, input.isAtRest, ...told]).toEqual([0, 2, false, "3 swallowed", "begun"]);
  input.push(Buffer.from("!"));
  expect(input.fragmentDue()).toBe(false);
  input.clear();
  expect([input.waiting, input.held, input.isAtRest]).toEqual([0, 0, true]);
});
