import { expect, test } from "bun:test";
import { update } from "../../../src/client/model/update.ts";
import { parse } from "../../../src/wire/message.ts";
import { inLobby, type Play } from "../../support/client/play.ts";

const LABELS = "tcpchat/commands labeled-response batch";

/** A client as ann in #lobby and #dev; #dev is the current room. */
function inTwoRooms(caps: string): Play {
  const play = inLobby(caps);
  for (const name of ["search", "away", "join", "leave"])
    play.server(`:s NOTE SLASH COMMAND ${name} * anywhere everyone :[TEXT]\thelp`);
  play.types("/quote JOIN #dev");
  play.server(":ann!ann@h JOIN #dev", "@label=c0 :s 366 ann #dev :end", ":s PONG s c0");
  return play;
}

/** The notes that a line of the server shows, each as `room: text`. */
function shown(play: Play, line: string): string[] {
  const message = parse(line);
  if (message === undefined) return [];
  const { effects } = update(play.model, message, 0);
  play.server(line);
  return effects.flatMap((effect) =>
    effect.type === "show" && "rooms" in effect.line ? [`${effect.line.rooms.join()}: ${effect.line.text}`] : [],
  );
}

test("interleaved answers are each shown in the room where their command was typed", () => {
  const play = inTwoRooms(LABELS);
  play.types("/search one");
  play.types("/join lobby");
  play.types("/away tea");
  expect([
    ...shown(play, "@label=c1 :s BATCH +a labeled-response"),
    ...shown(play, "@batch=a :s NOTE SLASH * #dev :One was found."),
    ...shown(play, "@label=c2 :s 306 ann :You have been marked as being away"),
    ...shown(play, "@batch=a :s NOTE SLASH * #dev :That is all."),
    ...shown(play, ":s BATCH -a"),
  ]).toEqual(["#dev: One was found.", "#lobby: You are away.", "#dev: That is all."]);
  expect(play.model.requests).toEqual([]);
});

test("without labels, a PING after each command marks the end of its answer", () => {
  const play = inTwoRooms("tcpchat/commands");
  expect(play.types("/search one")).toEqual(["> SLASH #dev :/search one", "> PING c1"]);
  play.types("/join lobby");
  expect(play.types("/away tea")).toEqual(["> SLASH #lobby :/away tea", "> PING c2"]);
  expect([
    ...shown(play, ":s NOTE SLASH * #dev :One was found."),
    ...shown(play, ":s PONG s c1"),
    ...shown(play, ":s 306 ann :You have been marked as being away"),
    ...shown(play, ":s PONG s c2"),
  ]).toEqual(["#dev: One was found.", "#lobby: You are away."]);
  expect(play.model.requests).toEqual([]);
});

test("an answer whose room we have left is shown in the current room", () => {
  const play = inTwoRooms(LABELS);
  play.types("/search one");
  play.server(":ann!ann@h PART #dev");
  expect(shown(play, "@label=c1 :s NOTE SLASH * #dev :One was found.")).toEqual(["#lobby: One was found."]);
  play.types("/query bob");
  play.types("/search two");
  expect(shown(play, "@label=c2 :s NOTE SLASH * bob :Two.")).toEqual(["bob: Two."]);
  play.types("/search three");
  play.types("/leave");
  expect(shown(play, "@label=c3 :s NOTE SLASH * bob :Three.")).toEqual(["#lobby: Three."]);
});

test("a command typed in a room that has removed us is answered there", () => {
  const play = inTwoRooms(LABELS);
  play.server(":op!o@h KICK #dev ann :out");
  play.types("/join #dev");
  expect(shown(play, "@label=c1 :s 474 ann #dev :You are banned from #dev")).toEqual([
    "#dev: You are banned from #dev.",
  ]);
});

test("a command typed in no room is answered in the server's log", () => {
  const play = inTwoRooms(LABELS);
  play.server(":ann!ann@h PART #dev", ":ann!ann@h PART #lobby");
  play.types("/search one");
  expect(shown(play, "@label=c1 :s NOTE SLASH * * :One was found.")).toEqual(["*: One was found."]);
});

test("requests to a server that never answers are bounded", () => {
  const play = inTwoRooms(LABELS);
  for (let i = 0; i < 200; i++) play.types("/search one");
  expect(play.model.requests).toHaveLength(50);
});
