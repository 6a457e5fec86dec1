import { describe, expect, test } from "bun:test";
import { closing } from "../../../src/wire/closing.ts";
import { ChatFixture } from "../../support/chat-fixture.ts";
import { Client, ircServer } from "../../support/irc-client.ts";

const CAPS = ["batch", "labeled-response", "message-tags", "server-time", "draft/multiline", "draft/chathistory"];
const MANY = Array.from({ length: 99 }, (_, i) => `#${i}`);

function setup() {
  const people = new ChatFixture();
  const server = ircServer(people);
  return { people, server, comes: (nick: string, ...caps: readonly string[]) => new Client(server, nick, caps) };
}

/** The number of steps that a line takes, with a count of the output of each. */
function parts(client: Client, line: string, count: () => number): readonly number[] {
  const steps: number[] = [];
  let before = count();
  const note = () => {
    steps.push(count() - before);
    before = count();
  };
  client.begins(line);
  do note();
  while (client.goesOn());
  return steps;
}

describe("a line with many targets is done in parts, one target each", () => {
  test("JOIN, PART and JOIN 0", () => {
    const { comes } = setup();
    const ann = comes("ann");
    const rooms = () => ann.session.member?.rooms.size ?? 0;
    const joined = parts(ann, `JOIN ${MANY.join(",")}`, rooms);
    expect([Math.max(...joined), rooms()]).toEqual([1, 99]);
    const left = parts(ann, `PART ${MANY.slice(0, 50).join(",")}`, rooms);
    expect([Math.min(...left), rooms()]).toEqual([-1, 49]);
    const gone = parts(ann, "JOIN 0", rooms);
    expect([Math.min(...gone), rooms()]).toEqual([-1, 0]);
  });

  test("with a replay in each room, made as it is read", () => {
    const { comes } = setup();
    const [bob, ann] = [comes("bob"), comes("ann", "server-time")];
    for (const room of MANY) {
      bob.sends(`JOIN ${room}`);
      for (let i = 0; i < 10; i++) bob.sends(`PRIVMSG ${room} :${i} ${"x".repeat(300)}`);
    }
    const sent = parts(ann, `JOIN ${MANY.join(",")}`, () => ann.text.length);
    expect(Math.max(...sent)).toBeLessThan(16_384);
    const kinds = ann.text.split("\r\n").map((line) => line.replace(/^@\S+ /, "").split(" ")[1]);
    expect(kinds.filter((kind) => kind === "PRIVMSG").length).toBe(990);
    expect(kinds.slice(0, 4)).toEqual(["JOIN", "353", "366", "PRIVMSG"]);
  });

  test("and all of its reply has the label, even if others speak meanwhile", () => {
    const { comes } = setup();
    const [bob, ann] = [comes("bob"), comes("ann", ...CAPS)];
    bob.sends("JOIN #0");
    ann.begins(`@label=x JOIN ${MANY.join(",")}`);
    bob.sends("PRIVMSG #0 :hi");
    while (ann.goesOn());
    const lines = ann.text.split("\r\n").slice(0, -1);
    const outside = lines.filter((line) => !/^@(\S*;)?batch=/.test(line));
    expect(outside.map((line) => line.replace(/^@time=\S+ /, "").replace(/r\d+/, "r"))).toEqual([
      "@label=x :chat.test BATCH +r labeled-response",
      ":bob!~bob@bob.cloak PRIVMSG #0 :hi",
      ":chat.test BATCH -r",
    ]);
    expect(ann.sends("PING x")).toEqual([":chat.test PONG chat.test x"]);
  });

  test("a client that quits meanwhile ends the line", () => {
    const { comes, server } = setup();
    const ann = comes("ann");
    ann.begins(`JOIN ${MANY.join(",")}`);
    ann.session.gone(closing("closed", "cut"));
    expect([ann.session.isUnfinished, server.chat.member("ann")]).toEqual([false, undefined]);
    while (ann.goesOn());
    expect(server.chat.rooms.size).toBe(1);
  });
});

describe("a line costs as much as it requests", () => {
  /** Adds up the costs of lines, each counted when all its parts are done. */
  function weight(client: Client, ...lines: readonly string[]): number {
    let sum = 0;
    for (const line of lines) {
      client.begins(line);
      do sum += client.session.weight;
      while (client.goesOn());
    }
    return sum;
  }

  test.each([
    ["PING x", 1],
    ["JOIN #a", 1],
    ["JOIN #a,#b,#c", 3],
    ["JOIN 0", 1],
    ["PART #a,#b", 2],
    ["NAMES #a,#b,#c,#d", 4],
    ["PRIVMSG bob,eve,zoe :hi", 3],
    ["NOTICE bob,eve :hi", 2],
    ["KICK #a bob,eve :out", 2],
    ["WHOIS bob,eve", 2],
    ["LIST #lobby", 2],
    ["LIST >1,<100,C>5", 4 + 1 / 1000],
    ["WHO *", 1 + 1 / 1000],
    ["WHO #lobby", 1],
    ["MODE #lobby +bbb a b c", 3],
  ])("%s", (line, expected) => {
    const { comes } = setup();
    const ann = comes("ann");
    ann.begins(line);
    let last = ann.session.weight;
    while (ann.goesOn()) last = ann.session.weight;
    expect(last).toBeCloseTo(expected, 9);
    expect(weight(ann, "PING y")).toBe(1);
  });

  test("joining a room with a hundred bans costs two", () => {
    const { comes } = setup();
    const [bob, ann] = [comes("bob"), comes("ann")];
    bob.sends("JOIN #a");
    for (let at = 0; at < 100; at += 20) {
      const masks = Array.from({ length: 20 }, (_, i) => `nobody${at + i}!*@*`);
      bob.sends(`MODE #a +${"b".repeat(20)} ${masks.join(" ")}`);
    }
    ann.begins("JOIN #a");
    expect([ann.session.weight, ann.session.member?.rooms.size]).toEqual([2, 1]);
  });

  test("a slash command costs as much as the same command of IRC", () => {
    const { comes } = setup();
    const [bob, ann] = [comes("bob"), comes("ann", "tcpchat/commands")];
    bob.sends(...MANY.map((room) => `JOIN ${room}`));
    for (let at = 0; at < 100; at += 20) {
      const masks = Array.from({ length: 20 }, (_, i) => `nobody${at + i}!*@*`);
      bob.sends(`MODE #0 +${"b".repeat(20)} ${masks.join(" ")}`);
    }
    for (const [line, equal] of [
      ["SLASH * :/rooms", "LIST"],
      ["SLASH * :/who #1", "WHO #1"],
      ["SLASH * :/join #0", "JOIN #0"],
    ] as const) {
      const other = comes(`n${line.length}`);
      ann.begins(line);
      other.begins(equal);
      expect([line, ann.session.weight]).toEqual([line, other.session.weight]);
      for (const client of [ann, other]) while (client.goesOn());
    }
  });

  test("the lines of a multiline message are counted at its end, even if it is refused", () => {
    const { comes } = setup();
    const ann = comes("ann", ...CAPS);
    const line = "@batch=1 PRIVMSG #a :x";
    ann.sends("JOIN #a");
    const begin = "BATCH +1 draft/multiline #a";
    expect(weight(ann, begin, ...Array.from({ length: 100 }, () => line), "BATCH -1")).toBe(1 + 100 / 4 + 1);
    expect(weight(ann, begin, ...Array.from({ length: 40 }, () => line), "@batch=2 PRIVMSG #a :y")).toBe(
      1 + 40 / 4 + 1,
    );
    expect(weight(ann, line, line)).toBe(2);
  });
});

test("LIST takes twenty conditions, and examines many rooms in parts", () => {
  const { comes, server } = setup();
  const [ann, bob] = [comes("ann"), comes("bob")];
  for (let i = 0; i < 20; i++) {
    const guest = comes(`g${i}`);
    guest.sends(...MANY.map((room) => `JOIN ${room}-${i}`));
  }
  expect(server.chat.rooms.size).toBe(1981);
  expect(ann.sends(`LIST ${Array.from({ length: 21 }, () => "*x*").join(",")}`)).toEqual([
    ":chat.test FAIL LIST TOO_MANY_CONDITIONS 20 :LIST takes at most 20 conditions",
  ]);
  const steps = parts(bob, `LIST ${Array.from({ length: 20 }, () => "*9*").join(",")}`, () => bob.text.length);
  expect(steps.length).toBeGreaterThan(1980 / 20);
  expect(bob.text.split("\r\n").length).toBeGreaterThan(100);
  const none = parts(ann, "LIST nothing*", () => ann.text.length);
  expect(none.length).toBeGreaterThan(1980 / 20);
});

test("a WHO that matches few of many members is done in parts", () => {
  const { comes } = setup();
  for (let i = 0; i < 1000; i++) comes(`g${i}`);
  const ann = comes("ann");
  const steps = parts(ann, "WHO *nobody*like*this*", () => ann.text.length);
  expect(steps.length).toBeGreaterThan(1000 / 50);
  expect(ann.text).toBe(":chat.test 315 ann *nobody*like*this* :End of WHO list\r\n");
});

test("sixty invitations in a moment are not delivered to one person, and the sender is refused", () => {
  const { comes } = setup();
  const [eve, ann] = [comes("eve"), comes("ann")];
  const told = MANY.slice(0, 60).flatMap((room) => ann.sends(`JOIN ${room}`, `INVITE eve ${room}`).slice(-1));
  expect(eve.text.split("INVITE").length - 1).toBe(10);
  expect(told.filter((line) => line.includes(" 341 ")).length).toBe(10);
  expect(told.at(-1)).toBe(
    ":chat.test FAIL INVITE TOO_MANY_INVITATIONS eve :You have sent 10 invitations within a minute: try again in 60 s",
  );
});

test("the client's own JOIN comes before messages in the room, labelled or not, with names or without", () => {
  for (const caps of [CAPS, [...CAPS, "draft/no-implicit-names"], ["message-tags"]]) {
    const { comes } = setup();
    const [bob, ann] = [comes("bob"), comes("ann", ...caps)];
    bob.sends("JOIN #0");
    ann.begins("@label=x JOIN #0,#1");
    bob.sends("PRIVMSG #0 :hi");
    while (ann.goesOn());
    const kinds = ann.text.split("\r\n").map((line) => / (JOIN|PRIVMSG) #0/.exec(line)?.[1]);
    expect(kinds.filter((kind) => kind !== undefined)).toEqual(["JOIN", "PRIVMSG"]);
  }
});
