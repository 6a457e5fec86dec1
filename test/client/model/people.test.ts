import { expect, test } from "bun:test";
import { askAway, modeLines } from "../../../src/client/model/people.ts";
import { inLobby, Play } from "../../support/client/play.ts";
import { ScreenFixture } from "../../support/client/screen-fixture.ts";

test.each([
  ["+o bob", ["ann made bob an operator of #dev"]],
  ["-o+v bob bea", ["ann made bob an operator of #dev no more", "ann gave bea a voice in #dev"]],
  ["+b m:bob!*@*", ["ann muted bob!*@* in #dev"]],
  ["-b m:bob!*@*", ["ann unmuted bob!*@* in #dev"]],
  ["+b-b b!*@* a:c", ["ann banned b!*@* from #dev", "ann lifted the ban on a:c from #dev"]],
  ["+e-I bob!*@* x", ["ann exempted bob!*@* from the bans of #dev", "ann invited x to #dev no more"]],
  ["+kl sesame 5", ["ann set the key of #dev: sesame", "ann limited #dev to 5 people"]],
  ["-kl sesame", ["ann took the key of #dev away", "ann took the limit of #dev away"]],
  ["+H 7d", ["ann lets #dev keep its history for 7d: what is older is deleted"]],
  ["+H off", ["ann switched the history of #dev off: nothing is kept, and the past is deleted"]],
  ["-H", ["ann lets #dev keep its history as long as the server does"]],
  ["+H 10:5m", ["ann changed the modes of #dev: +H 10:5m"]],
  ["+i-m", ["ann switched invite-only on in #dev", "ann switched moderated off in #dev"]],
  ["+oh bob bob", ["ann changed the modes of #dev: +oh bob bob"]],
  [`+${"m".repeat(21)}`, [`ann changed the modes of #dev: +${"m".repeat(21)}`]],
])("%s is shown as %j", (modes, lines) => {
  expect(modeLines("ann", "#dev", modes.split(" "))).toEqual(lines);
});

test("AWAY marks somebody as away until they are back; a quit forgets it", () => {
  const play = inLobby("away-notify");
  expect(play.server(":bob!b@h AWAY :lunch")).toEqual([]);
  expect(play.model.away.get("bob")).toBe("lunch");
  play.server(":bob!b@h AWAY");
  expect(play.model.away.get("bob")).toBeUndefined();
  play.server(":bob!b@h AWAY :tea", ":bob!b@h NICK rob", ":rob!b@h QUIT :gone");
  expect(play.model.away.get("rob")).toBeUndefined();
});

test("a room that is joined and on the screen is asked for who is away, silently", () => {
  const play = new Play({ interactive: true });
  play.open();
  play.server(":s CAP * ACK :away-notify batch labeled-response", ":s 001 ann :hi", ":s 422 ann :no motd");
  play.server(":ann!ann@h JOIN #lobby", ":s 353 ann = #lobby :ann bob zoe");
  expect(play.server(":s 366 ann #lobby :end")).toContain("> @label=c0 WHO #lobby");
  const who = (nick: string, flags: string) => `@batch=b :s 352 ann #lobby u h s ${nick} ${flags} :0 real`;
  const answer = ["@label=c0 :s BATCH +b labeled-response", who("bob", "G@"), who("zoe", "H"), ":s BATCH -b"];
  expect(play.server(...answer)).toEqual([]);
  expect([play.model.away.get("bob"), play.model.away.get("zoe")]).toEqual(["", undefined]);
});

test("a room is asked once while we are in it, and a room of more than 100 members never", () => {
  const play = new Play({ interactive: true });
  play.open();
  play.server(":s CAP * ACK :away-notify batch labeled-response", ":s 001 ann :hi", ":s 422 ann :no motd");
  play.server(":ann!ann@h JOIN #lobby", ":s 353 ann = #lobby :ann bob", ":s 366 ann #lobby :end");
  expect(play.apply(askAway(play.model))).toEqual([]);
  const crowd = Array.from({ length: 101 }, (_, i) => `p${i}`).join(" ");
  play.types("/join dev");
  play.server(":ann!ann@h JOIN #dev", `:s 353 ann = #dev :${crowd}`);
  expect(play.server(":s 366 ann #dev :end").filter((line) => line.includes("WHO"))).toEqual([]);
});

test("the title of a direct conversation says that the partner is away", () => {
  const fixture = new ScreenFixture();
  fixture.server(":bob!b@h PRIVMSG ann :psst", ":bob!b@h AWAY :at lunch");
  fixture.keys("/query bob\r");
  expect(fixture.draw(60, 10)[0]).toBe(" bob — away: at lunch");
});
