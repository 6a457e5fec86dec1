import { expect, test } from "bun:test";
import { markRead } from "../../../src/client/model/read-markers.ts";
import { roomIn } from "../../../src/client/model/rooms.ts";
import { typistsIn } from "../../../src/client/model/typists.ts";
import { fold } from "../../../src/text/fold.ts";
import { inLobby } from "../../support/client/play.ts";

test.each([
  ["build", "#build"],
  ["#build sesame", "#build"],
  ["&local", "&local"],
  ["a,b", "#a"],
])("%j means the room %s", (words, room) => {
  expect(roomIn(words)).toBe(room);
});

test("/join of a room we are in and /leave of a conversation need no server", () => {
  const play = inLobby();
  play.types("/msg bob");
  expect(play.types("/join LOBBY")).toEqual(["-- Now in #lobby."]);
  expect(play.types("/leave @bob")).toEqual([]);
  expect([String(play.model.current), play.model.partners.size]).toEqual(["#lobby", 0]);
  expect(play.types("/leave bob")).toEqual(["> PART #bob", "> PING c0"]);
});

test("a room that was asked for becomes current once we are in it", () => {
  const play = inLobby();
  play.types("/join dev");
  expect(play.model.joining.get(fold("#dev"))).toEqual({ name: "#dev", current: true });
  play.server(":ann!ann@h JOIN #dev");
  expect(String(play.model.current)).toBe("#dev");
});

test("a renamed room keeps its history and its unsent messages", () => {
  const play = inLobby();
  play.types("/join dev");
  play.server(":ann!ann@h JOIN #dev");
  const shown = play.server(":bob!b@h RENAME #dev #Ops :new work");
  expect(shown).toEqual(["room #dev is #Ops", "-- #dev is #Ops now: new work"]);
  expect([String(play.model.current), [...play.model.rooms.keys()].map(String)]).toEqual(["#ops", ["#lobby", "#ops"]]);
  expect(play.server(":bob!b@h PRIVMSG #Ops :hi")).toEqual(["<bob> hi"]);
  expect(play.types("hello")).toEqual(["> PRIVMSG #Ops hello", "> PING said-id-1"]);
  expect(play.server(":bob!b@h RENAME #none #lobby :")).toEqual([]);
  expect(play.server(":bob!b@h RENAME #Ops #lobby :")).toEqual([]);
});

test("a renamed room keeps what we said and read in it, and who is typing", () => {
  const play = inLobby("draft/message-redaction echo-message message-tags");
  play.server("@msgid=m1 :ann!ann@h PRIVMSG #lobby :hello", "@+typing=active :bob!b@h TAGMSG #lobby");
  play.apply(markRead(play.model, "#lobby", 1000));
  play.server(":bob!b@h RENAME #lobby #Hall :");
  expect([...play.model.markers]).toEqual([[fold("#hall"), 1000]]);
  expect(typistsIn(play.model, fold("#hall"), 0)).toEqual(["bob"]);
  expect(play.types("/undo")).toEqual(["> REDACT #Hall m1", "> PING c0"]);
});
