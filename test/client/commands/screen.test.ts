import { expect, test } from "bun:test";
import { askAround, askNewer } from "../../../src/client/model/history.ts";
import { Play } from "../../support/client/play.ts";

test.each([
  ["/move 3", 'screen {"type":"move","to":3}'],
  ["/move", "-- That needs more: /move NUMBER"],
  ["/move up", '-- "up" is not a position in the list: /move 1 puts this room first.'],
  ["/move 0", '-- "0" is not a position in the list: /move 1 puts this room first.'],
  ["/hide", 'screen {"type":"hide"}'],
  ["/clear", 'screen {"type":"clear"}'],
  ["/notify", 'screen {"type":"notify"}'],
  ["/notify All", 'screen {"type":"notify","level":"all"}'],
  ["/goto 1970-01-01 00:00", `screen {"type":"goto","time":${new Date(1970, 0, 1).getTime()}}`],
  ["/goto soon", '-- "soon" is no time: /goto yesterday, /goto 1970-01-01, or /goto 09:30.'],
  ["/copy", 'screen {"type":"copy"}'],
  ["/copy 40", 'screen {"type":"copy","count":40}'],
  ["/copy 0", '-- "0" is no number from 1 to 1000: /copy 40 copies the last 40 messages.'],
  ["/search a word", 'screen {"type":"search","words":"a word"}'],
  ["/notify loud", '-- "loud" is no level: /notify all, /notify mentions, or /notify none.'],
])("on a full screen, %s does: %s", (line, expected) => {
  expect(new Play({ fullScreen: true }).types(line)).toEqual([expected]);
});

test("without a screen such commands are refused", () => {
  expect(new Play().types("/hide")[0]).toStartWith("-- /hide is for the full screen");
});

const CAPS = "batch labeled-response soju.im/search draft/chathistory message-tags server-time";

/** ann in #lobby, on a full screen, at a server that can search. */
function onScreen(): Play {
  const play = new Play({ fullScreen: true });
  play.open();
  play.server(`:s CAP * ACK :${CAPS}`, ":s 001 ann :hi", ":s 005 ann CHATHISTORY=100 :are", ":s 422 ann :no motd");
  play.server(":ann!ann@h JOIN #lobby", ":s 353 ann = #lobby :ann bob", ":s 366 ann #lobby :end");
  play.server(":s BATCH +h chathistory #lobby", ":s BATCH -h");
  return play;
}

test("search results are a list, newest first, and open no conversation", () => {
  const play = onScreen();
  expect(play.types("/search two; words")).toEqual(["> @label=c0 SEARCH text=two\\:\\swords"]);
  const found = play.server(
    "@label=c0 :s BATCH +b soju.im/search",
    "@batch=b;msgid=1 :bob!b@h PRIVMSG #lobby :older",
    "@batch=b;msgid=2 :zoe!z@h PRIVMSG ann :newer",
    ":s BATCH -b",
  );
  expect(found).toEqual(["found two; words: newer, older"]);
  expect(play.model.partners.size).toBe(0);
});

test("a message of several lines is found as one", () => {
  const play = onScreen();
  play.types("/search two");
  const found = play.server(
    "@label=c0 :s BATCH +b soju.im/search",
    "@batch=b;msgid=1;time=2020-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :one",
    "@batch=b;time=2020-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :two",
    "@batch=b;msgid=2;time=2020-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :twofold",
    ":s BATCH -b",
  );
  expect(found).toEqual(["found two: twofold, one\ntwo"]);
});

test("a refused search is told where it was typed", () => {
  const play = onScreen();
  play.types("/search here tea");
  expect(play.server("@label=c0 :s FAIL SEARCH INVALID_PARAMS in :You cannot read messages there")).toEqual([
    "-- You cannot read messages there",
  ]);
});

test.each(['"', "?", "here ..."])("a search of a server for %j, which is no word, is refused in its words", (typed) => {
  const words = typed.replace("here ", "");
  expect(onScreen().types(`/search ${typed}`)).toEqual([
    `-- "${words}" has no word to look for; /search deploy finds it, and deployed too.`,
  ]);
});

test("a page around a message, and the pages after it, are requested one at a time", () => {
  const play = onScreen();
  const around = (msgid: string) => play.apply(askAround(play.model, "#lobby", { msgid, time: 0 }));
  expect(around("m5")).toEqual(["> CHATHISTORY AROUND #lobby msgid=m5 100", "await history"]);
  expect(around("m6")).toEqual([]);
  expect(play.server(":bob!b@h PRIVMSG #lobby :live")).toEqual(["<bob> live"]);
  const page = play.server(
    ":s BATCH +p chathistory #lobby",
    "@batch=p;msgid=m5 :bob!b@h PRIVMSG #lobby :five",
    ":s BATCH -p",
  );
  expect(page).toEqual(["past of #lobby: 1"]);
  const newer = play.apply(askNewer(play.model, "#lobby", { msgid: "m5", time: 0 }));
  expect(newer[0]).toBe("> CHATHISTORY AFTER #lobby msgid=m5 100");
  expect(play.server("FAIL CHATHISTORY MESSAGE_ERROR AFTER #lobby :no")).toEqual(["past of #lobby: 0, complete"]);
});
