import { expect, test } from "bun:test";
import type { Key } from "../../../src/client/input/keys.ts";
import type { LoggedMessage } from "../../../src/client/ui/log.ts";
import { handleSelectionKey, type Selection, select, selectionWords } from "../../../src/client/ui/selection.ts";
import { aMessage } from "../../support/client/message.ts";

const message: LoggedMessage = { ...aMessage(), nickColour: { number: 0 }, reactors: [] };

/** `<up>` is a key, everything else text. */
function keyOf(word: string): Key {
  return word.startsWith("<") ? { type: "key", name: word.slice(1, -1) } : { type: "text", text: word };
}

/** The request after some keys, and the selection that is left. */
function after(
  words: readonly string[],
  of = message,
  mayTakeBack = true,
): { request?: unknown; selection?: Selection | undefined } {
  let answer: ReturnType<typeof handleSelectionKey> = { selection: select(7) };
  for (const word of words)
    if (answer !== undefined) answer = handleSelectionKey(answer.selection, keyOf(word), of, mayTakeBack);
  return answer ?? {};
}

test.each([
  [["<alt-up>"], { type: "move", by: -1 }],
  [["<down>"], { type: "move", by: 1 }],
  [["c"], { type: "copy" }],
  [["l"], { type: "link" }],
  [["r"], { type: "reply" }],
  [["<enter>"], { type: "reply" }],
  [["<escape>"], { type: "leave" }],
  [["e", "2"], { type: "react", text: "❤️" }],
  [["e", "o", "k", "<enter>"], { type: "react", text: "👌" }],
  [["e", ":tada:", "<enter>"], { type: "react", text: "🎉" }],
  [["e", "no way", "<enter>"], { type: "react", text: "no way" }],
  [["e", "👍", "x", "<backspace>", "<enter>"], { type: "react", text: "👍" }],
  [["e", "o", "2", "<enter>"], { type: "react", text: "o2" }],
  [["e", "<enter>"], undefined],
  [["e", "<escape>", "c"], { type: "copy" }],
  [["d"], undefined],
  [["d", "y"], { type: "take-back" }],
  [["d", "n"], { type: "leave" }],
  [["d", "<escape>"], { type: "leave" }],
  [["z"], undefined],
])("%j asks for %j", (words, request) => {
  expect(after(words).request).toEqual(request);
});

test("one's own message is taken back without a question", () => {
  expect(after(["d"], { ...message, own: true }).request).toEqual({ type: "take-back" });
});

test("a key that is not the selection's ends it; a letter without a meaning does not, so no text gets lost unseen", () => {
  expect(after(["<page-up>"])).toEqual({});
  expect(after(["z"]).selection).toEqual(select(7));
  expect(after(["d", "/"])).toEqual({});
});

test("the status row has the keys, the choice of reactions, and the question", () => {
  const words = (...keys: string[]) => selectionWords(after(keys).selection ?? select(0), message, true);
  expect(words()).toBe("r reply · e react · c copy · l link · d remove · Esc");
  expect(words("e")).toStartWith("1 👍  2 ❤️ ");
  expect(words("e", "ok")).toBe("React with 👌 · Enter · Esc");
  expect(words("d")).toBe("Take back the message of bob for everyone? y does it, n does not.");
  expect(selectionWords(select(0), { ...message, own: true }, true)).toContain("d take back");
  expect(selectionWords(select(0), message, false)).toBe("r reply · e react · c copy · l link · Esc");
  expect(after(["d", "y"], message, false)).toEqual({ selection: select(7) });
});
