import { expect, test } from "bun:test";
import { roomIdOf, tokenId } from "../../../src/chat/model/token.ts";
import { TOKENS } from "../../../src/server/password-hashing.ts";
import { isToken } from "../../../src/text/address.ts";
import { ChatFixture } from "../../support/chat-fixture.ts";

test("a token has 256 bits, and no two are the same", () => {
  const made = Array.from({ length: 1000 }, TOKENS.make);
  expect(new Set(made).size).toBe(1000);
  expect(made.every((token) => isToken(token) && Buffer.from(token, "base64url").length === 32)).toBe(true);
});

test("a token is known by its SHA-256, of which six digits tell it from others", () => {
  const hash = TOKENS.hash("abc");
  expect(hash).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(tokenId({ hash })).toBe("ba7816");
});

test("a room created again is another owner than the former room of its name", () => {
  const fixture = new ChatFixture();
  const owner = () => {
    const room = fixture.chat.room("#dev");
    return room && roomIdOf(room);
  };
  const bob = fixture.brings("bob", "#dev");
  const before = owner();
  bob.does({ type: "leave", room: "#dev", reason: "" }, { type: "join", room: "#dev" });
  expect([typeof before, owner() === before]).toEqual(["string", false]);
});
