import { expect, test } from "bun:test";
import { SESSIONS, sessionName, sessionNamed } from "../../../src/chat/model/session.ts";

test.each([
  ["7", 7],
  ["3-7", 3 * SESSIONS + 7],
  ["120-45000", 120 * SESSIONS + 45_000],
])("a session is named %p", (name, id) => {
  expect(sessionName(id)).toBe(name);
  expect(sessionNamed(name)).toBe(id);
});

test.each(["", "x", "7x", "-7", "3-", "3-7-1", "12884901895"])("%p names no session", (text) => {
  expect(sessionNamed(text)).toBeUndefined();
});
