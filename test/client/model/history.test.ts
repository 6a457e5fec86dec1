import { expect, test } from "bun:test";
import fc from "fast-check";
import { askOlder } from "../../../src/client/model/history.ts";
import { disconnected } from "../../../src/client/model/update.ts";
import { Play } from "../../support/client/play.ts";

const CAPS = "batch draft/chathistory echo-message message-tags server-time";

function said(n: number): string {
  return `@msgid=m${n};time=2020-01-01T00:00:${String(n % 60).padStart(2, "0")}.000Z :bob!b@h PRIVMSG #lobby :n${n}`;
}

function page(...numbers: number[]): string[] {
  const lines = numbers.map((n) => said(n).replace("@", "@batch=x;"));
  return [":s BATCH +x chathistory #lobby", ...lines, ":s BATCH -x"];
}

function connect(play: Play): string[] {
  play.open();
  return play.server(
    `:s CAP * ACK :${CAPS}`,
    ":s 001 ann :hi",
    ":s 005 ann CHATHISTORY=3 :are supported",
    ":s 422 ann :none",
    ":ann!ann@h JOIN #lobby",
  );
}

const JOINED = "-- ann joined #lobby";

function requests(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith("> CHATHISTORY"));
}

test("messages that arrive before the history are shown after it, without duplicates", () => {
  const play = new Play({ history: { type: "lines", count: 3 } });
  expect(requests(connect(play))).toEqual(["> CHATHISTORY LATEST #lobby * 3"]);
  expect(play.server(said(3), said(4))).toEqual([]);
  expect(play.server(...page(1, 2, 3))).toEqual(["<bob> n1", "<bob> n2", "<bob> n3", JOINED, "<bob> n4"]);
});

test("messages that arrive while a room's history is loaded are shown below it, in order; in other rooms at once", () => {
  const play = new Play({ history: { type: "lines", count: 3 } });
  connect(play);
  play.types("/join dev");
  play.server(":ann!ann@h JOIN #dev", ":s 353 ann = #dev :ann bob", ":s 366 ann #dev :End");
  expect(play.server(...page(1).map((line) => line.replaceAll("#lobby", "#dev")))).toEqual([
    "<bob> n1",
    "-- ann joined #dev",
    "-- In #dev: ann, bob",
  ]);
  expect(play.server(":s 353 ann = #lobby :ann bob", ":s 366 ann #lobby :End", said(2))).toEqual([]);
  expect(play.server(":bob!b@h NICK rob")).toEqual(["-- bob is now rob"]);
  expect(play.server(...page(1))).toEqual([
    "#lobby <bob> n1",
    JOINED,
    "-- In #lobby: ann, bob",
    "#lobby <bob> n2",
    "-- bob is now rob",
  ]);
});

test("--since MSGID starts after that message, and gives up if the server does not have it", () => {
  const begin = () => {
    const play = new Play({ history: { type: "since", msgid: "m2" } });
    expect(requests(connect(play))).toEqual(["> CHATHISTORY AROUND #lobby msgid=m2 1"]);
    expect(play.server(said(4))).toEqual([]);
    return play;
  };
  const play = begin();
  expect(play.server(...page(2))).toEqual(["> CHATHISTORY AFTER #lobby msgid=m2 3", "await history"]);
  expect(requests(play.server(...page(3, 4)))).toEqual(["> CHATHISTORY AFTER #lobby msgid=m4 3"]);
  const none = "give up 1: There is no message m2 in #lobby; --since takes the id of one, or a duration such as 10m.";
  expect(begin().server(...page(1))).toEqual([none]);
  expect(begin().server(":s FAIL CHATHISTORY INVALID_PARAMS AROUND :no msgid")).toEqual([none]);
});

test("--since DURATION counts back from the time of our JOIN", () => {
  const play = new Play({ history: { type: "for", span: 60_000 } });
  connect(play);
  play.types("/join build");
  expect(requests(play.server("@time=2020-01-01T12:00:00.000Z :ann!ann@h JOIN #build"))).toEqual([
    "> CHATHISTORY AFTER #build timestamp=2020-01-01T11:59:00.000Z 3",
  ]);
});

test("more lines than a page are requested page by page", () => {
  const play = new Play({ history: { type: "lines", count: 5 } });
  connect(play);
  expect(requests(play.server(...page(4, 5, 6)))).toEqual(["> CHATHISTORY BEFORE #lobby msgid=m4 2"]);
  expect(play.server(...page(2, 3))).toEqual(["<bob> n2", "<bob> n3", "<bob> n4", "<bob> n5", "<bob> n6", JOINED]);
});

test("a page behind joins and parts shows no more messages than were wanted", () => {
  const play = new Play({ history: { type: "lines", count: 1 } });
  connect(play);
  const join = "@batch=x;msgid=j1;time=2020-01-01T00:00:09.000Z :bob!b@h JOIN #lobby";
  const [begin = "", end = ""] = page();
  expect(requests(play.server(begin, join, end))).toEqual(["> CHATHISTORY BEFORE #lobby msgid=j1 3"]);
  expect(play.server(...page(1, 2, 3))).toEqual(["<bob> n3", JOINED]);
});

test("after a reconnect the gap is requested page by page, from the last line shown", () => {
  const play = new Play({ history: { type: "lines", count: 1 } });
  connect(play);
  play.server(...page(1));
  play.apply(disconnected(play.model, 0));
  expect(requests(connect(play))).toEqual(["> CHATHISTORY AFTER #lobby msgid=m1 3"]);
  play.server(said(6));
  expect(play.server(...page(2, 3, 4))).toEqual([
    "<bob> n2",
    "<bob> n3",
    "<bob> n4",
    "> CHATHISTORY AFTER #lobby msgid=m4 3",
    "await history",
  ]);
  expect(play.server(...page(5, 6))).toEqual([
    "<bob> n5",
    "<bob> n6",
    "> CHATHISTORY AFTER #lobby msgid=m6 3",
    "await history",
  ]);
  expect(play.server(...page())).toEqual([]);
});

test("a refused history request releases the held lines", () => {
  const play = new Play();
  connect(play);
  play.server(said(1));
  expect(play.server(":s FAIL CHATHISTORY INVALID_TARGET LATEST #lobby :No")).toEqual([JOINED, "<bob> n1"]);
});

test("across any reconnects every line is shown once and in order", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("say", "cut", "answer"), { maxLength: 60 }), (script) => {
      const play = new Play({ history: { type: "lines", count: 3 } });
      const past: number[] = [];
      let waiting: string[] = requests(connect(play));
      const shown: string[] = [];
      const see = (lines: string[]): void => {
        shown.push(...lines.filter((line) => line.startsWith("<bob>")));
        waiting.push(...requests(lines));
      };
      const answer = (): void => {
        const [, verb, from] = /CHATHISTORY (\S+) #lobby (\S+)/.exec(waiting.shift() ?? "") ?? [];
        const after = Number(/m(\d+)/.exec(from ?? "")?.[1] ?? 0);
        if (verb === "LATEST") see(play.server(...page(...past.slice(-3))));
        if (verb === "AFTER") see(play.server(...page(...past.filter((n) => n > after).slice(0, 3))));
      };
      for (const act of script) {
        if (act === "say") {
          past.push(past.length + 1);
          see(play.server(said(past.length)));
        } else if (act === "cut") {
          see(play.apply(disconnected(play.model, 0)));
          waiting = [];
          see(connect(play));
        } else answer();
      }
      while (waiting.length > 0) answer();
      const first = Number(shown[0]?.slice(7) ?? 0);
      expect(shown).toEqual(past.filter((n) => n >= first).map((n) => `<bob> n${n}`));
      if (past.length > 0) expect(first).toBeGreaterThan(0);
    }),
  );
});

test("open batches and their lines are bounded", () => {
  const play = new Play();
  connect(play);
  for (let i = 0; i < 30; i++) play.server(`:s BATCH +b${i} chathistory #lobby`);
  for (let i = 0; i < 3000; i++) play.server(`@batch=b29 :bob!b@h PRIVMSG #lobby :${"x".repeat(400)}`);
  expect(play.model.batches.size).toBe(20);
  const held = [...play.model.batches.values()].reduce((sum, batch) => sum + batch.lines.length, 0);
  expect(held).toBeLessThanOrEqual(2000);
});

test("with an account, missed direct messages are requested too", () => {
  const play = new Play();
  connect(play);
  play.server("@msgid=d1 :bob!b@h PRIVMSG ann :psst");
  play.apply(disconnected(play.model, 0));
  play.open();
  const lines = play.server(
    `:s CAP * ACK :${CAPS}`,
    ":s 900 ann ann!ann@h ann :You are now logged in",
    ":s 001 ann :hi",
    ":s 005 ann CHATHISTORY=3 :are supported",
    ":s 422 ann :none",
  );
  expect(requests(lines)).toEqual(["> CHATHISTORY AFTER bob msgid=d1 3"]);
});

test("history hides ignored senders, and a page of only their lines does not end it", () => {
  const play = new Play({ history: { type: "lines", count: 3 } });
  connect(play);
  play.server(...page(1));
  play.server(":s NOTE SLASH IGNORED + bob");
  play.apply(disconnected(play.model, 0));
  connect(play);
  const zoes = "@batch=x;msgid=m5;time=2020-01-01T00:00:05.000Z :zoe!z@h PRIVMSG #lobby :n5";
  expect(requests(play.server(...page(2, 3, 4)))).toEqual(["> CHATHISTORY AFTER #lobby msgid=m4 3"]);
  expect(play.server(":s BATCH +x chathistory #lobby", zoes, ":s BATCH -x")[0]).toBe("<zoe> n5");
});

test("messages shown by a page of the latest are not loaded again after another JOIN", () => {
  const play = new Play({ history: { type: "lines", count: 0 } });
  connect(play);
  expect(requests(play.apply(askOlder(play.model, "#lobby", undefined)))).toEqual(["> CHATHISTORY LATEST #lobby * 3"]);
  expect(play.server(...page(1, 2, 3))).toEqual(["past of #lobby: 3"]);
  expect(requests(play.server(":ann!ann@h JOIN #lobby"))).toEqual(["> CHATHISTORY AFTER #lobby msgid=m3 3"]);
  expect(play.server(...page(3, 4))[0]).toBe("<bob> n4");
});

test("the answer to a page that a JOIN has overtaken is not taken for the new messages", () => {
  const play = new Play({ history: { type: "lines", count: 3 } });
  connect(play);
  play.server(...page(4, 5));
  expect(requests(play.apply(askOlder(play.model, "#lobby", { msgid: "m4", time: 0 })))).toHaveLength(1);
  expect(requests(play.server(":ann!ann@h JOIN #lobby"))).toEqual(["> CHATHISTORY AFTER #lobby msgid=m5 3"]);
  expect(play.server(said(6), ...page(1, 2, 3))).toEqual([]);
  expect(requests(play.server(...page(6)))).toEqual(["> CHATHISTORY AFTER #lobby msgid=m6 3"]);
  expect(play.server(...page())).toEqual([]);
});
