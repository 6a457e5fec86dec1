import { expect, test } from "bun:test";
import { update } from "../../../src/client/model/update.ts";
import { parse } from "../../../src/wire/message.ts";
import { inLobby, type Play } from "../play.ts";

const LABELS = "tcpchat/commands labeled-response batch";

/** Ann in #lobby and #dev, which is where she is now. */
function inTwoRooms(caps: string): Play {
  const play = inLobby(caps);
  for (const name of ["search", "away", "join", "leave"])
    play.server(`:s NOTE SLASH COMMAND ${name} * anywhere everyone :[TEXT]\thelp`);
  play.types("/quote JOIN #dev");
  play.server(":ann!ann@h JOIN #dev", "@label=c0 :s 366 ann #dev :end", ":s PONG s c0");
  return play;
}

/** Where the notes are shown that come of a line of the server's: `#dev: words`. */
function shown(play: Play, line: string): string[] {
  const message = parse(line);
  if (message === undefined) return [];
  const { effects } = update(play.model, message, 0);
  play.server(line);
  return effects.flatMap((effect) =>
    effect.type === "show" && "rooms" in effect.line ? [`${effect.line.rooms.join()}: ${effect.line.text}`] : [],
  );
}

test("two answers that mix are each shown where their command was typed", () => {
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
  ]).toEqual(["#dev: One was found.", "#lobby: You have been marked as being away.", "#dev: That is all."]);
  expect(play.model.requests).toEqual([]);
});

test("without labels a ping behind each command says where its answer ends", () => {
  const play = inTwoRooms("tcpchat/commands");
  expect(play.types("/search one")).toEqual(["> SLASH #dev :/search one", "> PING c1"]);
  play.types("/join lobby");
  expect(play.types("/away tea")).toEqual(["> SLASH #lobby :/away tea", "> PING c2"]);
  expect([
    ...shown(play, ":s NOTE SLASH * #dev :One was found."),
    ...shown(play, ":s PONG s c1"),
    ...shown(play, ":s 306 ann :You have been marked as being away"),
    ...shown(play, ":s PONG s c2"),
  ]).toEqual(["#dev: One was found.", "#lobby: You have been marked as being away."]);
  expect(play.model.requests).toEqual([]);
});

test("an answer whose room has been left is shown where one is now", () => {
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

test("what is typed in no room is answered in the server's log, and nothing is an answer after a reconnect", () => {
  const play = inTwoRooms(LABELS);
  play.server(":ann!ann@h PART #dev", ":ann!ann@h PART #lobby");
  play.types("/search one");
  expect(shown(play, "@label=c1 :s NOTE SLASH * * :One was found.")).toEqual(["*: One was found."]);
});

test("a server that never answers is asked for no more than a bounded number at once", () => {
  const play = inTwoRooms(LABELS);
  for (let i = 0; i < 200; i++) play.types("/search one");
  expect(play.model.requests).toHaveLength(50);
});
