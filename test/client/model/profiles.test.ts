import { expect, test } from "bun:test";
import { AwayMarks, Profiles } from "../../../src/client/model/profiles.ts";
import { inLobby, Play } from "../../support/client/play.ts";

test.each([
  ["Ann Lee", "Ann Lee"],
  ["ANN", undefined],
  ["", undefined],
  [" \x1b[31m ", undefined],
  ["bob> hi <x (y)", "bob hi x y"],
  ["x".repeat(50), "x".repeat(40)],
])("the display name %j of ann is kept as %p", (given, kept) => {
  const profiles = new Profiles();
  profiles.set("ann", "display-name", given);
  expect(profiles.nameOf("ANN")).toBe(kept);
});

test.each([
  ["#FF8800", "#ff8800"],
  ["#f80", undefined],
  ["orange", undefined],
  ["#ff8800;5", undefined],
  ["", undefined],
])("the colour %j of ann is kept as %p", (given, kept) => {
  const profiles = new Profiles();
  profiles.set("ann", "color", "#000000");
  profiles.set("ann", "color", given);
  profiles.rename("ann", "bob");
  expect([profiles.colourOf("ann"), profiles.colourOf("BOB"), profiles.has("bob")]).toEqual([
    undefined,
    kept,
    kept !== undefined,
  ]);
});

test("a malicious server costs a bounded amount of memory", () => {
  const profiles = new Profiles();
  for (let i = 0; i < 6000; i++) profiles.set(`nick${i}`, "display-name", "Name");
  profiles.set("n".repeat(300), "color", "#000000");
  expect([profiles.has("nick0"), profiles.nameOf("nick5999"), profiles.has("n".repeat(300))]).toEqual([
    false,
    "Name",
    false,
  ]);
});

test("a display name is shown beside the nick, and goes with its owner", () => {
  const play = inLobby("batch draft/metadata-3");
  expect(play.server(":s BATCH +1 metadata #lobby")).toEqual([]);
  expect(play.server("@batch=1 :s 761 ann bob display-name * :Bob Roe", ":s BATCH -1")).toEqual([]);
  expect(play.server(":bob!b@h PRIVMSG #lobby :hi")).toEqual(["<bob (Bob Roe)> hi"]);
  expect(play.server(":bob!b@h PRIVMSG #lobby :\x01ACTION waves\x01")).toEqual(["* bob (Bob Roe) waves"]);
  play.server(":bob!b@h NICK rob");
  expect(play.server(":rob!b@h PRIVMSG #lobby :hi")).toEqual(["<rob (Bob Roe)> hi"]);
  expect(play.server(":s 766 * rob display-name :Not set", ":rob!b@h PRIVMSG #lobby :hi")).toEqual(["<rob> hi"]);
  play.server(":s 761 * rob display-name * :Rob", ":rob!b@h QUIT :bye", ":rob!x@y JOIN #lobby");
  expect(play.server(":rob!x@y PRIVMSG #lobby :hi")).toEqual(["<rob> hi"]);
});

test("a person who returns to a shared room has no old display name", () => {
  const play = inLobby("batch draft/metadata-3");
  play.server(":s 761 * bob display-name * :Bob Roe", ":bob!b@h PART #lobby", ":bob!b@h JOIN #lobby");
  expect(play.server(":bob!b@h PRIVMSG #lobby :hi")).toEqual(["<bob> hi"]);
  play.server(":s 761 * bob display-name * :Bob Roe", ":ann!ann@h PART #lobby");
  play.types("/join lobby");
  play.server(":ann!ann@h JOIN #lobby", ":s 353 ann = #lobby :@ann bob", ":s 366 ann #lobby :end");
  expect(play.server(":bob!b@h PRIVMSG #lobby :hi")).toEqual(["<bob> hi"]);
});

test("an answer to a command of the user is shown as such, too", () => {
  const play = inLobby("batch draft/metadata-3 labeled-response");
  const [sent = ""] = play.types("/quote METADATA bob LIST");
  const label = /label=(\w+)/.exec(sent)?.[1];
  expect(play.server(`@label=${label} :s 761 ann bob display-name * :Bob Roe`)).toEqual([
    "-- bob display-name * Bob Roe",
  ]);
});

test.each([
  ["draft/metadata-3=before-connect,max-subs=9", ["> METADATA * SUB display-name color", "> CAP END"]],
  ["draft/metadata-3", ["> CAP END"]],
])("of a server with %s, an interactive client asks for display names and colours as it can", (offered, sent) => {
  const play = new Play({ interactive: true });
  play.open();
  expect(play.server(`:s CAP * LS :batch ${offered}`)).toEqual(["> CAP REQ :batch draft/metadata-3"]);
  expect(play.server(":s CAP * ACK :batch draft/metadata-3")).toEqual(sent);
});

test("a mark has a reason, follows a rename, and goes when its person is back", () => {
  const away = new AwayMarks();
  away.set("Bob", "lunch");
  expect(away.get("bob")).toBe("lunch");
  away.rename("bob", "rob");
  expect([away.get("bob"), away.get("rob")]).toEqual([undefined, "lunch"]);
  away.set("rob", undefined);
  expect(away.get("rob")).toBeUndefined();
});

test("marks are bounded", () => {
  const away = new AwayMarks();
  for (let i = 0; i < 6000; i++) away.set(`p${i}`, "x".repeat(500));
  expect([away.get("p0"), away.get("p5999")?.length]).toEqual([undefined, 200]);
  away.set("x".repeat(300), "");
  expect(away.get("x".repeat(300))).toBeUndefined();
});
