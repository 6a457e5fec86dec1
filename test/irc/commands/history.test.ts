import { describe, expect, test } from "bun:test";
import { timeOf } from "../../../src/irc/commands/history.ts";
import { fold } from "../../../src/text/fold.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { said, TemporaryStore } from "../../support/temporary-store.ts";
import { play, rule } from "../../support/transcript.ts";

/** A clock that advances by a second each time it is read, so that every event has a time of its own. */
function ticking(): () => number {
  let now = Date.parse("2026-01-01T00:00:00.000Z");
  return () => {
    now += 1000;
    return now;
  };
}

const CAPS = "CAP REQ :batch message-tags server-time echo-message draft/chathistory";

/** A client in #r that has sent a number of lines, with the msgid and time of each. */
async function talker(port: number, lines: number): Promise<{ wire: WireClient; ids: string[]; times: string[] }> {
  const wire = await WireClient.open(port);
  wire.send(`${CAPS}\r\nCAP END\r\nNICK ann\r\nUSER ann 0 * :Ann\r\nJOIN #r\r\n`);
  await wire.until(/ 366 /);
  const ids: string[] = [];
  const times: string[] = [];
  for (let n = 1; n <= lines; n++) {
    wire.send(`PRIVMSG #r :line ${n}\r\n`);
    const [echo = ""] = await wire.until(/PRIVMSG/);
    ids.push(/msgid=([^; ]+)/.exec(echo)?.[1] ?? "");
    times.push(/time=([^; ]+)/.exec(echo)?.[1] ?? "");
  }
  return { wire, ids, times };
}

/** The numbers of the lines in the answer to a request, in order. */
async function asked(wire: WireClient, request: string): Promise<number[]> {
  wire.send(`CHATHISTORY ${request}\r\n`);
  const lines = await wire.until(/BATCH -/);
  return lines.flatMap((line) => / PRIVMSG #r :line (\d+)$/.exec(line)?.[1] ?? []).map(Number);
}

describe("CHATHISTORY", () => {
  test("each subcommand answers its range, oldest first", async () => {
    await using chat = startChat({}, ticking());
    const { wire, ids, times } = await talker(chat.port, 9);
    const id = (n: number) => `msgid=${ids[n - 1]}`;
    const at = (n: number) => `timestamp=${times[n - 1]}`;
    const rows: readonly [request: string, lines: readonly number[]][] = [
      ["LATEST #r * 3", [7, 8, 9]],
      [`LATEST #r ${id(7)} 10`, [8, 9]],
      [`LATEST #r ${at(7)} 1`, [9]],
      [`BEFORE #r ${id(4)} 2`, [2, 3]],
      [`BEFORE #r ${at(4)} 10`, [1, 2, 3]],
      [`AFTER #r ${id(4)} 2`, [5, 6]],
      [`AFTER #r ${at(8)} 10`, [9]],
      [`AROUND #r ${id(5)} 3`, [4, 5, 6]],
      [`AROUND #r ${at(5)} 4`, [3, 4, 5, 6]],
      [`BETWEEN #r ${id(2)} ${id(6)} 10`, [3, 4, 5]],
      [`BETWEEN #r ${id(2)} ${id(6)} 2`, [3, 4]],
      [`BETWEEN #r ${id(6)} ${id(2)} 2`, [4, 5]],
      [`BETWEEN #r ${at(2)} ${at(6)} 10`, [3, 4, 5]],
    ];
    for (const [request, lines] of rows) expect(await asked(wire, request), request).toEqual([...lines]);
    wire.close();
  });

  test("the msgid and the time are those of the echo", async () => {
    await using chat = startChat({}, ticking());
    const { wire, ids, times } = await talker(chat.port, 1);
    wire.send("CHATHISTORY LATEST #r * 1\r\n");
    const lines = await wire.until(/BATCH -/);
    expect(lines[1]).toContain(`msgid=${ids[0]}`);
    expect(lines[1]).toContain(`time=${times[0]}`);
    wire.close();
  });

  rule(
    "an outsider and a request for a missing room get the same answer",
    `
      ann: irc
      bob: irc batch draft/chathistory
      ann> JOIN #r
      ann~ 366
      ann> PRIVMSG #r :private matters
      bob> CHATHISTORY LATEST #r * 10
      bob< :chat.test FAIL CHATHISTORY INVALID_TARGET LATEST #r :You cannot read messages there
      bob> CHATHISTORY LATEST #none * 10
      bob< :chat.test FAIL CHATHISTORY INVALID_TARGET LATEST #none :You cannot read messages there
      bob> CHATHISTORY LATEST ann * 10
      bob< :chat.test BATCH +* chathistory ann
      bob< :chat.test BATCH -*
      `,
  );

  // "an unknown subcommand, missing parameters, excess parameters, or parameters that cannot be parsed, the INVALID_PARAMS
  // error code SHOULD be returned: FAIL CHATHISTORY INVALID_PARAMS the_given_command the_given_timestamp :Invalid
  // timestamp" (IRCv3 draft/chathistory)
  rule(
    "a malformed request is refused with the parameter that is wrong",
    `
      ann: irc batch draft/chathistory
      ann> CHATHISTORY
      ann< :chat.test FAIL CHATHISTORY INVALID_PARAMS \\x2a :Insufficient parameters
      ann> CHATHISTORY LATEST #r *
      ann< :chat.test FAIL CHATHISTORY INVALID_PARAMS LATEST :Insufficient parameters
      ann> CHATHISTORY LATEST #r * 10 20
      ann< :chat.test FAIL CHATHISTORY INVALID_PARAMS LATEST :Too many parameters
      ann> CHATHISTORY FOO #r * 10
      ann< :chat.test FAIL CHATHISTORY INVALID_PARAMS FOO :Unknown subcommand
      ann> CHATHISTORY BEFORE #r yesterday 10
      ann< :chat.test FAIL CHATHISTORY INVALID_PARAMS BEFORE yesterday :"yesterday" is neither a msgid=… of this server nor a timestamp=YYYY-MM-DDThh:mm:ss.sssZ
      ann> CHATHISTORY BEFORE #r timestamp=2026-02-30T00:00:00.000Z 10
      ann< :chat.test FAIL CHATHISTORY INVALID_PARAMS BEFORE timestamp=2026-02-30T00:00:00.000Z :*
      ann> CHATHISTORY BETWEEN #r timestamp=2026-01-01T00:00:00.000Z timestamp=soon 10
      ann< :chat.test FAIL CHATHISTORY INVALID_PARAMS BETWEEN timestamp=soon :*
      ann> CHATHISTORY TARGETS timestamp=2026-01-01T00:00:00.000Z now 10
      ann< :chat.test FAIL CHATHISTORY INVALID_PARAMS TARGETS now :*
      ann> CHATHISTORY LATEST #r * none
      ann< :chat.test FAIL CHATHISTORY INVALID_PARAMS LATEST none :The limit must be a whole number above 0
      `,
  );

  rule(
    "with draft/event-playback, the answer has joins and other events too",
    `
      ann: irc batch draft/chathistory draft/event-playback
      ann> JOIN #r
      ann~ 366
      ann> TOPIC #r :news
      ann< *TOPIC #r *
      ann> PRIVMSG #r :hello
      ann> CHATHISTORY LATEST #r * 10
      ann< :chat.test BATCH +* chathistory #r
      ann< @batch=* :ann!*@* JOIN #r
      ann< @batch=* :ann!*@* TOPIC #r *news
      ann< @batch=* :ann!*@* PRIVMSG #r *hello
      ann< :chat.test BATCH -*
      `,
  );

  test("a time is looked up among messages and events alike, and a range excludes its end points", async () => {
    await using chat = startChat({}, ticking());
    const wire = await WireClient.open(chat.port);
    wire.send(`${CAPS} draft/event-playback\r\nCAP END\r\nNICK ann\r\nUSER ann 0 * :Ann\r\nJOIN #h\r\n`);
    await wire.until(/ 366 /);
    const times = new Map<string, string>();
    for (const [command, name] of [
      ["TOPIC", "t0"],
      ["PRIVMSG", "m0"],
      ["TOPIC", "t1"],
      ["PRIVMSG", "m1"],
    ] as const) {
      wire.send(`${command} #h :${name}\r\n`);
      const line = (await wire.until(new RegExp(` ${command} #h :`))).at(-1) ?? "";
      times.set(name, `timestamp=${/time=([^; ]+)/.exec(line)?.[1]}`);
    }
    const ask = async (request: string) => {
      wire.send(`CHATHISTORY ${request}\r\n`);
      const lines = await wire.until(/BATCH -/);
      return lines.flatMap((line) => / (?:TOPIC|PRIVMSG) #h :(\w+)$/.exec(line)?.[1] ?? []);
    };
    expect(await ask(`AFTER #h ${times.get("m0")} 10`)).toEqual(["t1", "m1"]);
    expect(await ask(`BEFORE #h ${times.get("t1")} 10`)).toEqual(["t0", "m0"]);
    expect(await ask(`BETWEEN #h ${times.get("m0")} ${times.get("m1")} 10`)).toEqual(["t1"]);
    expect(await ask(`AFTER #h ${times.get("t1")} 10`)).toEqual(["m1"]);
    expect(await ask(`BEFORE #h ${times.get("m0")} 10`)).toEqual(["t0"]);
    expect(await ask(`LATEST #h ${times.get("t0")} 10`)).toEqual(["m0", "t1", "m1"]);
    wire.close();
  });

  test.each(["BEFORE", "AFTER"])("paging %s by the time of a page's end shows each line once", async (verb) => {
    // While the clock is behind the last message, all new messages have the same time.
    const times = [9000, ...Array(12).fill(5000), 9500, ...Array(9).fill(5000), 20_000] as number[];
    const clock = { now: 9000 };
    await using chat = startChat({}, () => clock.now);
    const { wire } = await talker(chat.port, 0);
    for (const [n, now] of times.entries()) {
      clock.now = now;
      wire.send(`PRIVMSG #r :line ${n}\r\n`);
      await wire.until(/PRIVMSG/);
    }
    const seen: number[] = [];
    let from = verb === "BEFORE" ? "2100-01-01T00:00:00.000Z" : "1970-01-01T00:00:00.000Z";
    for (let isOver = false; !isOver; ) {
      wire.send(`CHATHISTORY ${verb} #r timestamp=${from} 3\r\n`);
      const lines = (await wire.until(/BATCH -/)).filter((line) => line.includes("PRIVMSG"));
      const page = lines.map((line) => Number(/line (\d+)$/.exec(line)?.[1]));
      if (verb === "BEFORE") seen.unshift(...page);
      else seen.push(...page);
      const edge = verb === "BEFORE" ? lines[0] : lines.at(-1);
      from = /time=([^; ]+)/.exec(edge ?? "")?.[1] ?? from;
      isOver = page.length < 3;
    }
    expect(seen).toEqual(times.map((_, n) => n));
    wire.close();
  });

  test("a list of targets is not cut inside a millisecond", async () => {
    const clock = { now: 1000 };
    await using chat = startChat({}, () => clock.now);
    const { wire } = await talker(chat.port, 0);
    for (const [n, now] of [1000, 9000, 5000, 5000, 20_000].entries()) {
      clock.now = now;
      wire.send(`JOIN #x${n}\r\nPRIVMSG #x${n} :hi\r\n`);
      await wire.until(/PRIVMSG/);
    }
    const targets = async (from: string, to: string) => {
      wire.send(`CHATHISTORY TARGETS timestamp=${from} timestamp=${to} 2\r\n`);
      return (await wire.until(/BATCH -/)).flatMap((line) => / TARGETS (\S+) /.exec(line)?.[1] ?? []);
    };
    const [old, far] = ["1970-01-01T00:00:00.000Z", "2100-01-01T00:00:00.000Z"];
    expect(await targets(old, far)).toEqual(["#x0", "#x1", "#x2", "#x3"]);
    expect(await targets(far, old)).toEqual(["#x1", "#x2", "#x3", "#x4"]);
    wire.close();
  });

  rule(
    "a client without the capability gets a replay of the last lines on joining",
    `
      ann: irc
      ann> JOIN #r
      ann~ 366
      ann> PRIVMSG #r :before you came
      bob: irc server-time
      bob> JOIN #r
      bob~ 366
      bob< @time=* :ann!* PRIVMSG #r :before you came
      ann< :bob!* JOIN #r
      eve: irc
      eve> JOIN #r
      eve~ 366
      eve< :ann!* PRIVMSG #r :[*] before you came
      ann< *
      bob< *
      `,
  );
});

test("a time must have the format of server-time", () => {
  expect(timeOf("2026-01-01T00:00:00.000Z")).toBe(Date.parse("2026-01-01T00:00:00Z"));
  for (const text of ["", "2026", "2026-01-01", "2026-13-01T00:00:00.000Z", "now"])
    expect(timeOf(text)).toBeUndefined();
});

test("a damaged page stops no JOIN, and CHATHISTORY answers the other messages and an error", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (let seq = 1; seq <= 300; seq++)
    store.append(fold("#r"), said(seq, { to: "#r", text: `${"long ".repeat(50)} text number ${seq}.` }));
  store.history(fold("#r"), { from: 0, limit: 1 });
  store.claim(1000);
  temp.closes();
  temp.spoils("text number 270.");
  await using chat = startChat({}, Date.now, () => temp.opens());
  await play(
    chat.port,
    `
    old: irc
    old> JOIN #r
    old~ text number 300.
    ann: irc batch draft/chathistory
    ann> JOIN #r
    old< *JOIN #r
    ann~ 366
    ann> CHATHISTORY LATEST #r * 50
    ann~ text number 300.
    ann~ BATCH
    ann< :chat.test FAIL CHATHISTORY MESSAGE_ERROR LATEST #r :Some messages could not be retrieved
    ann> CHATHISTORY LATEST #r * 2
    ann~ BATCH
    ann~ text number 300.
    ann~ BATCH
    `,
  );
});

// soju.im/search
describe("SEARCH", () => {
  rule(
    "The server then replies with a batch containing messages matching all the specified attributes.",
    `
      ann: irc batch message-tags server-time echo-message
      ann> JOIN #dev
      ann~ 366
      ann> PRIVMSG #dev :That was fast!
      ann< * PRIVMSG #dev :That was fast!
      ann> NOTICE #dev :Fasting is hard.
      ann< * NOTICE #dev :Fasting is hard.
      ann> PRIVMSG #dev :slow
      ann< * PRIVMSG #dev :slow
      ann> SEARCH text=fast;in=#dev
      ann< :chat.test BATCH +* soju.im/search
      ann< @batch=*;time=*;msgid=* :ann!~ann@* PRIVMSG #dev :That was fast!
      ann< @batch=*;time=*;msgid=* :ann!~ann@* NOTICE #dev :Fasting is hard.
      ann< :chat.test BATCH -*
      ann> SEARCH text=fast;limit=1
      ann< * BATCH +* *
      ann< * NOTICE #dev :Fasting is hard.
      ann< * BATCH -*
      ann> SEARCH from=ANN;text=is\\shard
      ann< * BATCH +* *
      ann< * NOTICE #dev :Fasting is hard.
      ann< * BATCH -*
      `,
  );

  rule(
    "If no content exists to return, the server SHOULD return an empty batch.",
    `
      ann: irc batch
      ann> JOIN #dev
      ann~ 366
      ann> SEARCH before=2010-01-01T00:00:00.000Z;in=#dev
      ann< :chat.test BATCH +* soju.im/search
      ann< :chat.test BATCH -*
      ann> SEARCH in=bob
      ann< :chat.test BATCH +* soju.im/search
      ann< :chat.test BATCH -*
      `,
  );

  rule(
    "limited functionality is available to clients without support for these CAPs",
    `
      ann: irc
      ann> JOIN #dev
      ann~ 366
      ann> PRIVMSG #dev :word
      ann> SEARCH text=word
      ann< :ann!~ann@* PRIVMSG #dev :word
      `,
  );

  rule(
    "If the selectors were invalid, the INVALID_PARAMS error code SHOULD be returned.",
    `
      ann: irc
      ann> SEARCH limit=0
      ann< :chat.test FAIL SEARCH INVALID_PARAMS limit :The limit must be a whole number above 0
      ann> SEARCH after=yesterday
      ann< :chat.test FAIL SEARCH INVALID_PARAMS after :The value of after must be a time, YYYY-MM-DDThh:mm:ss.sssZ
      ann> SEARCH colour=red
      ann< :chat.test FAIL SEARCH INVALID_PARAMS colour :SEARCH takes in, from, after, before, text and limit
      ann> SEARCH text=!!
      ann< :chat.test FAIL SEARCH INVALID_PARAMS text :The text has no word to look for: a word has a letter or a digit
      ann> SEARCH
      ann< :chat.test 461 ann SEARCH :*
      `,
  );

  rule(
    "a room that the client is not in is answered like a missing room, and nothing is found in it",
    `
      ann: irc
      eve: irc batch
      ann> JOIN #dev
      ann~ 366
      ann> PRIVMSG #dev :word
      ann|
      eve> SEARCH text=word;in=#dev
      eve< :chat.test FAIL SEARCH INVALID_PARAMS in :You cannot read messages there
      eve> SEARCH text=word;in=#none
      eve< :chat.test FAIL SEARCH INVALID_PARAMS in :You cannot read messages there
      eve> SEARCH text=word
      eve< * BATCH +* soju.im/search
      eve< * BATCH -*
      `,
  );

  rule(
    "a message of several lines is found as single lines, and the answer carries the command's label",
    `
      ann: irc batch draft/multiline labeled-response message-tags
      ann> JOIN #dev
      ann~ 366
      ann> BATCH +m draft/multiline #dev
      ann> @batch=m PRIVMSG #dev :first
      ann> @batch=m PRIVMSG #dev :second
      ann> BATCH -m
      ann> @label=L SEARCH text=second
      ann< @label=L :chat.test BATCH +* soju.im/search
      ann< @batch=*;msgid=* * PRIVMSG #dev :first
      ann< @batch=* * PRIVMSG #dev :second
      ann< :chat.test BATCH -*
      `,
  );

  rule(
    "a room whose history the client may not read is not searched",
    `
      ann: irc batch
      ann> JOIN #dev
      ann~ 366
      ann> PRIVMSG #dev :word
      ann> SEARCH text=word
      ann< * BATCH +* *
      ann< * BATCH -*
      `,
    { history: false },
  );
});
