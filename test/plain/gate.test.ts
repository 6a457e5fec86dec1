import { expect, test } from "bun:test";
import { Gate } from "../../src/plain/gate.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("the right password opens, at the last try too", () => {
  const gate = new Gate(() => "sésame");
  expect(gate.answer(bytes("sesame"))).toBe("wrong");
  expect(gate.answer(bytes("sésame "))).toBe("wrong");
  expect(gate.answer(bytes("sésame"))).toBe("open");
});

test("three wrong answers close", () => {
  const gate = new Gate(() => "x");
  expect(["", "a", "b"].map((answer) => gate.answer(bytes(answer)))).toEqual(["wrong", "wrong", "closed"]);
});

test("the password that holds when it is answered counts, and none is needed where there is none by then", () => {
  let password = "old";
  const gate = new Gate(() => password);
  password = "new";
  expect(gate.answer(bytes("old"))).toBe("wrong");
  expect(gate.answer(bytes("new"))).toBe("open");
  password = "";
  expect(gate.answer(bytes("whatever"))).toBe("open");
});
