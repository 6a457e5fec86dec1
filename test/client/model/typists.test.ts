import { expect, test } from "bun:test";
import { typingEffects, typistsIn } from "../../../src/client/model/typists.ts";
import { update } from "../../../src/client/model/update.ts";
import { fold } from "../../../src/text/fold.ts";
import { parse } from "../../../src/wire/message.ts";
import { inLobby, type Play } from "../../support/client/play.ts";

function hears(play: Play, line: string, now = 0): void {
  const message = parse(line);
  if (message !== undefined) play.apply(update(play.model, message, now));
}

function typing(play: Play, place = "#lobby", now = 0): readonly string[] {
  return typistsIn(play.model, fold(place), now);
}

test("an active typist counts for 6 seconds, a paused one for 30 (IRCv3 typing)", () => {
  const play = inLobby();
  hears(play, "@+typing=active :bob!b@h TAGMSG #lobby", 1000);
  expect([typing(play, "#lobby", 6999), typing(play, "#lobby", 7000)]).toEqual([["bob"], []]);
  hears(play, "@+typing=paused :bob!b@h TAGMSG #lobby", 1000);
  expect([typing(play, "#lobby", 30_999), typing(play, "#lobby", 31_000)]).toEqual([["bob"], []]);
});

test.each([
  ["done", "@+typing=done :bob!b@h TAGMSG #lobby"],
  ["a message", ":bob!b@h PRIVMSG #lobby :hi"],
  ["leaving", ":bob!b@h PART #lobby"],
  ["quitting", ":bob!b@h QUIT :gone"],
])("%s ends it", (_, line) => {
  const play = inLobby();
  hears(play, "@+typing=active :bob!b@h TAGMSG #lobby");
  hears(play, line);
  expect(typing(play)).toEqual([]);
});

test("a partner types in the direct conversation; strangers, ourselves and ignored people nowhere", () => {
  const play = inLobby();
  play.model = { ...play.model, ignored: new Set(["zoe"]) };
  hears(play, "@+typing=active :carl!c@h TAGMSG ann");
  hears(play, "@+typing=active :zoe!z@h TAGMSG ann");
  hears(play, "@+typing=active :ann!a@h TAGMSG #lobby");
  hears(play, "@+typing=active :carl!c@h TAGMSG #lobby");
  hears(play, "@+typing=active :carl!c@h TAGMSG #elsewhere");
  expect([typing(play, "carl"), typing(play, "zoe"), typing(play), typing(play, "#elsewhere")]).toEqual([
    ["carl"],
    [],
    [],
    [],
  ]);
});

test("our typing is told only where the server passes it on", () => {
  const told = (caps: string, support?: string) =>
    typingEffects(inLobby(caps, support).model, "#lobby", "active").length;
  expect(told("message-tags")).toBe(1);
  expect(told("echo-message")).toBe(0);
  expect(told("message-tags", "CLIENTTAGDENY=typing")).toBe(0);
  expect(told("message-tags", "CLIENTTAGDENY=*,-typing")).toBe(1);
});
