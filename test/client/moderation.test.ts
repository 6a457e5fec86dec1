import { expect, test } from "bun:test";
import { inLobby, type Play } from "./play.ts";

/** In #lobby of a server that is of our own kind. */
function ours(): Play {
  const play = inLobby("message-tags");
  play.server(":s 004 ann s tcpchat-1.0 Biow Ciklmnstv bekl");
  return play;
}

test.each<[string, string[]]>([
  ["/kick bob", ["> KICK #lobby bob"]],
  ["/kick bob too loud", ["> KICK #lobby bob :too loud"]],
  ["/ban bob", ["> TBAN #lobby 0 bob", "> KICK #lobby bob"]],
  ["/ban Bob 10M too loud", ["> TBAN #lobby 10m Bob :too loud", "> KICK #lobby Bob :too loud"]],
  ["/ban zoe 7d", ["> TBAN #lobby 7d zoe"]],
  ["/ban *!*@evil.example 2h", ["> TBAN #lobby 2h *!*@evil.example"]],
  ["/ban bob 5x", ['-- Duration "5x": use 10m, 2h or 7d.']],
  ["/ban", ["-- That needs more: /ban NICK|MASK [10m|2h|7d] [TEXT]"]],
  ["/unban bob", ["> MODE #lobby -b bob"]],
  ["/mute bob", ["> TBAN #lobby 0 m:bob"]],
  ["/mute bob 10m", ["> TBAN #lobby 10m m:bob"]],
  ["/unmute bob", ["> MODE #lobby -b m:bob"]],
  ["/op bob", ["> MODE #lobby +o bob"]],
  ["/deop bob", ["> MODE #lobby -o bob"]],
  ["/voice bob", ["> MODE #lobby +v bob"]],
  ["/devoice bob", ["> MODE #lobby -v bob"]],
  ["/oper root", ["ask The password of the operator root"]],
  ["/oper root sesame", ["> OPER root sesame"]],
  ["/serverban 10.0.0.0/8 7d no spam", ["> UBAN ADD 10.0.0.0/8 7d :no spam"]],
  ["/serverban a:bob", ["> UBAN ADD a:bob"]],
  ["/serverban bob 5x", ['-- Duration "5x": use 10m, 2h or 7d.']],
  ["/serverunban a:bob", ["> UBAN DEL a:bob"]],
  ["/serverbans", ["> UBAN LIST"]],
  ["/droproom dev", ["> DROPROOM #dev"]],
  ["/droproom #dev too loud", ["> DROPROOM #dev :too loud"]],
])("%j does %j", (line, expected) => {
  expect(ours().types(line)).toEqual(expected);
});

test.each<[string, string[]]>([
  ["/ban bob", ["> MODE #lobby +b bob!*@*", "> KICK #lobby bob"]],
  ["/ban zoe 2h", ["> TBAN #lobby 2h zoe!*@*"]],
  ["/unban bob", ["> MODE #lobby -b bob!*@*"]],
  ["/mute bob", ["-- This server mutes nobody by a ban; /ban keeps someone out."]],
])("%j does %j on a server of another kind", (line, expected) => {
  expect(inLobby().types(line)).toEqual(expected);
});

test("what is about a room needs one", () => {
  const play = ours();
  play.server(":ann!ann@h PART #lobby");
  for (const line of ["/ops", "/kick bob", "/ban bob", "/mute bob", "/unban bob", "/op bob"]) {
    expect(play.types(line)).toEqual(["-- This is no room; /join ROOM goes into one."]);
  }
});
