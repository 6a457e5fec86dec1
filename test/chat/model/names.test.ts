import { expect, test } from "bun:test";
import { asRoomName, isNick, isRoomName, LOBBY } from "../../../src/chat/model/names.ts";

test.each(["a", "Ann", "ann-2", "guest-17", "[away]", "\\o_", "_x^`{|}", "a".repeat(32), "yours", "server1"])(
  "%j may be a nick",
  (nick) => {
    expect(isNick(nick, 32)).toBe(true);
  },
);

test.each([
  ["", "nobody"],
  ["a".repeat(33), "too long"],
  ["-", "begins like a line of the server's"],
  ["--", "begins like a line of the server's"],
  ["-ann", "begins like a line of the server's"],
  ["7", "begins with a digit"],
  ["ann bob", "a blank"],
  ["ann\n", "a line's end"],
  ["ann\nbob", "a line's end"],
  ["<ann>", "the marks of a speaker"],
  ["ann>", "the mark of a speaker"],
  ["*", "the mark of an action"],
  ["#ann", "a room"],
  ["@ann", "the mark of an operator"],
  ["+ann", "the mark of a voice"],
  ["&ann", "a room elsewhere"],
  ["/ann", "a command"],
  [":ann", "a source"],
  ["ann!x", "part of a mask"],
  ["ann@x", "part of a mask"],
  ["ann,bob", "two"],
  ["a.b", "a server"],
  ["ann→you", "no ASCII"],
  ["аnn", "a Cyrillic a"],
  ["\u212aate", "a sign that folds to k elsewhere"],
  ["you", "the reader"],
  ["You", "the reader"],
  ["server", "the server"],
  ["tcpchat", "the server"],
  ["SYSTEM", "the server"],
  ["NickServ", "a service"],
  ["chanserv", "a service"],
])("%j may not be a nick: %s", (nick) => {
  expect(isNick(nick, 32)).toBe(false);
});

test.each(["#a", "#lobby", "##", "#dev-ops", "#C++", "#größe", "#日本語", "#\u{1f600}", "#a:b", `#${"a".repeat(63)}`])(
  "%j may be a room's name",
  (name) => {
    expect(isRoomName(name, 64)).toBe(true);
  },
);

test.each([
  ["", "nothing"],
  ["#", "nothing but the sign"],
  ["lobby", "no sign"],
  ["&lobby", "another sign"],
  [`#${"a".repeat(64)}`, "too long"],
  ["#a b", "a blank"],
  ["#a\u00a0b", "a blank that does not break"],
  ["#a\u3000b", "a wide blank"],
  ["#a,b", "two rooms"],
  ["#a\n", "a line's end"],
  ["#a\x07", "a control character"],
  ["#dev <ann>", "looks like someone speaking"],
  ["#dev>", "looks like someone speaking"],
  ["#lobby\u200b", "an invisible blank"],
  ["#lobby\u200d", "an invisible joiner"],
  ["#lobby\u00ad", "a soft hyphen"],
  ["#lobby\u034f", "an invisible mark"],
  ["#lobby\ufe0f", "an invisible selector"],
  ["#lobby\u{e0101}", "an invisible selector"],
  ["#lobby\u3164", "an invisible letter"],
  ["#lobby\u115f", "an invisible letter"],
  ["#lobby\uffa0", "an invisible letter"],
  ["#lobby\u2800", "a letter of Braille without a dot"],
  ["#lobby\u3164", "a filler of Hangul"],
  ["#lobby\u{1d159}", "a note of music without a head"],
  ["#lobby\u{13441}", "a blank of hieroglyphs"],
  ["#lobby\u{16fe4}", "a filler of Khitan"],
  ["#lobby\u1680", "a blank of Ogham"],
  ["#lobby\ufffc", "what stands for an object"],
  ["#lobby\u{e0041}", "a tag character"],
  ["#\u202eybbol", "turned around"],
  ["#lobby\ufffd", "what was no UTF-8"],
  ["#lobby\ud800", "half a character"],
  ["#lobby\ue000", "a letter of nobody's"],
])("%j may not be a room's name: %s", (name) => {
  expect(isRoomName(name, 64)).toBe(false);
});

test("a limit of 0 is none", () => {
  expect(isNick("a".repeat(1000), 0)).toBe(true);
  expect(isRoomName(`#${"a".repeat(1000)}`, 0)).toBe(true);
});

test.each([
  ["build", "#build"],
  ["#build", "#build"],
  ["##", "##"],
])("%s means the room %s", (given, room) => {
  expect(asRoomName(given)).toBe(room);
});

test("the lobby's name is a room's name", () => {
  expect(isRoomName(LOBBY, 64)).toBe(true);
});
