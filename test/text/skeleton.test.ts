import { expect, test } from "bun:test";
import fc from "fast-check";
import { fold } from "../../src/text/fold.ts";
import { ASCII_REPLACEMENTS, skeleton } from "../../src/text/skeleton.ts";

test.each<[name: string, others: readonly string[]]>([
  ["lisa", ["l1sa", "LISA", "Iisa", "1isa", "|isa"]],
  ["admin", ["adm1n", "ADMIN", "adrnin", "adm|n"]],
  ["bob", ["b0b", "BOB"]],
  ["william", ["vvilliarn", "WILLIAM", "vvi11iam"]],
  ["a[b]c", ["a{b}c"]],
  ["#lobby", ["#1obby", "#Lobby", "#lоbbу", "#ｌｏｂｂｙ", "#𝓵𝓸𝓫𝓫𝔂"]],
  ["#lobby", ["#ǀobby", "#l\u07c0bby", "#ʟᴏʙʙʏ", "#ᒪobby", "#l\u0665bby", "#ℓobby", "#Ꮮobbყ", "#∣๐ᏏᏏỿ", "#\u0627obby"]],
  ["#dev-ops", ["#dev‑ops", "#dеv–0ps"]],
])("%s looks like each of %j", (name, others) => {
  for (const other of others) expect(skeleton(other), other).toBe(skeleton(name));
});

test.each([
  ["ann", "anna"],
  ["ann", "ann_"],
  ["ann_", "ann-"],
  ["bob", "bob1"],
  ["bob1", "bob2"],
  ["ann-2", "ann-3"],
  ["u000010", "u000011"],
  ["guest-1", "guest-10"],
  ["résumé", "resume"],
])("%s does not look like %s", (one, other) => {
  expect(skeleton(one)).not.toBe(skeleton(other));
});

test("names that fold to the same name have the same skeleton", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme-ascii" }), (name) => skeleton(fold(name)) === skeleton(name)));
});

test("the skeleton of a skeleton is itself", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (name) => skeleton(skeleton(name)) === skeleton(name)));
});

test("the ASCII replacements give the same result in any order", () => {
  const inAscii = fc.string({ unit: "grapheme-ascii" }).map(fold);
  const replaced = (name: string) =>
    ASCII_REPLACEMENTS.toReversed().reduce((look, [character, like]) => look.replaceAll(character, like), name);
  fc.assert(fc.property(inAscii, (name) => replaced(name) === skeleton(name)));
});
