import { expect, test } from "bun:test";
import fc from "fast-check";
import { typed, typedBytes } from "../../src/text/typed.ts";

test.each([
  ["nothing special", "hello", "hello"],
  ["Backspace", "helo\blo", "hello"],
  ["DEL", "helo\x7flo", "hello"],
  ["Backspace, of a character of several bytes", "é漢\b!", "é!"],
  ["Backspace, of a letter with a mark", "ae\u0301\b!", "a!"],
  ["Backspace, of a family", "a👩‍👩‍👧\b!", "a!"],
  ["Backspace, where nothing is", "\b\bhi", "hi"],
  ["an arrow", "he\x1b[Allo", "hello"],
  ["an arrow with a modifier", "he\x1b[1;5Dllo", "hello"],
  ["a keypad's arrow", "he\x1bOAllo", "hello"],
  ["an arrow with Alt", "he\x1b\x1b[Allo", "hello"],
  ["the Linux console's F1", "\x1b[[Ahello", "hello"],
  ["Alt and a letter", "\x1bbhello", "hello"],
  ["a colour", "\x1b[32mhello\x1b[0m", "hello"],
  ["a bracketed paste", "\x1b[200~hello\x1b[201~", "hello"],
  ["a title", "\x1b]0;root\x07hello", "hello"],
  ["a title that ends in ST", "\x1b]0;root\x1b\\hello", "hello"],
  ["a sequence cut off", "hello\x1b[1;", "hello"],
  ["Escape alone", "hello\x1b", "hello"],
  ["Ctrl-U", "wrong\x15hello", "hello"],
  ["Ctrl-W", "hello big  world\x17\x17all", "hello all"],
  ["IRC's formatting", "\x02bold\x02 \x0304red\x03", "\x02bold\x02 \x0304red\x03"],
])("%s is applied to the line", (_, line, left) => {
  expect(typed(line)).toBe(left);
});

test("a line without editing keys is unchanged, valid UTF-8 or not", () => {
  const bytes = Uint8Array.from([0xff, 0xfe, 0x41]);
  expect(typedBytes(bytes)).toBe(bytes);
  expect(Buffer.from(typedBytes(Buffer.from("é\b!"))).toString()).toBe("!");
});

test("no sequence leaves an escape, and the time is linear in the line's length", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("\x1b", "[", "]", "O", "A", ";", "\b", "é", "\x07", "~", "\\")), (parts) => {
      expect(typed(parts.join(""))).not.toMatch(/[\x1b\b]/);
    }),
  );
  expect(typed(`${"e\u0301".repeat(4000)}${"\b".repeat(3999)}`)).toBe("e\u0301");
});
