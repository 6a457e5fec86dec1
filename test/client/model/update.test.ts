import { expect, test } from "bun:test";
import fc from "fast-check";
import { NICK_TRIES, retryNick } from "../../../src/client/model/nicks.ts";
import { isSettled } from "../../../src/client/model/state.ts";
import { disconnected, update } from "../../../src/client/model/update.ts";
import { fold } from "../../../src/text/fold.ts";
import { type Message, parse } from "../../../src/wire/message.ts";
import { inLobby, Play } from "../../support/client/play.ts";

function members(play: Play, room = "#lobby"): string[] {
  return [...play.model.rooms].flatMap(([key, value]) => (key === room ? [...value.members.values()] : []));
}

test.each([
  [":bob!b@h PRIVMSG #lobby :hi", "<bob> hi"],
  [":bob!b@h PRIVMSG #LOBBY :\x01ACTION waves\x01", "* bob waves"],
  [":bob!b@h PRIVMSG ann :psst", "bob → you: psst"],
  [":bob!b@h NOTICE ann :beep", "bob → you: beep"],
  [":bob!b@h NOTICE #lobby :beep", "-bob- beep"],
  [":irc.test NOTICE #lobby :What is said goes out", "-- What is said goes out"],
  [":irc.example NOTICE ann :be nice", "-- be nice"],
  [":carl!c@h JOIN #lobby", "-- carl joined #lobby"],
  [":bob!b@h PART #lobby :bye", "-- bob left #lobby: bye"],
  [":bob!b@h KICK #lobby carl :no", "-- carl was kicked from #lobby by bob: no"],
  [":bob!b@h KICK #lobby carl :bob", "-- carl was kicked from #lobby by bob"],
  [":bob!b@h QUIT :gone", "-- bob quit: gone"],
  [":bob!b@h NICK rob", "-- bob is now rob"],
  [
    "@time=2026-11-27T06:00:00.000Z;tcpchat/until=2026-11-27T08:00:00.000Z;tcpchat/reason=too\\sloud :bob!b@h MODE #lobby +b zoe!*@*",
    "-- bob banned zoe!*@* from #lobby for 2h: too loud",
  ],
  ["@tcpchat/whom=zoe :bob!b@h MODE #lobby +b m:*!*@h", "-- bob muted zoe (*!*@h) in #lobby"],
  [":bob!b@h MODE #lobby +o ann", "-- bob made ann an operator of #lobby"],
  [":bob!b@h TOPIC #lobby :cake", "-- bob set the topic of #lobby: cake"],
  [":bob!b@h TOPIC #lobby :", "-- bob removed the topic of #lobby"],
  [":bob!b@h INVITE ann #dev", "-- bob invites you: /join #dev"],
  [":s 332 ann #lobby :cake", "-- The topic of #lobby: cake"],
  [":s 331 ann #lobby :No topic", "-- #lobby has no topic."],
  [":s 372 ann :- be kind", "-- be kind"],
  [":s 301 ann bob :lunch", "-- bob is away: lunch"],
  [":s 401 ann zoe :No such nick", "-- Nobody here is called zoe."],
  [":s 403 ann #dev :There is no room #dev", "-- There is no room #dev; /rooms lists those there are."],
  [
    ":s 482 ann #lobby :You're not channel operator",
    "-- Only an operator of #lobby may do that; /who tells who is one.",
  ],
  [":s FAIL PRIVMSG X #lobby :No", "-- No"],
])("%s is shown as %s", (line, shown) => {
  expect(inLobby().server(line)).toEqual([shown]);
});

test.each([
  ":bob!b@h PRIVMSG ann :\x01VERSION\x01",
  ":ann MODE ann +i",
  ":s 999 ann :what",
  ":s 333 ann #lobby bob 1",
  "TAGMSG #lobby",
  ":stranger!x@h QUIT :never seen",
  "JOIN",
  "PRIVMSG",
])("%s is not shown", (line) => {
  expect(
    inLobby()
      .server(line)
      .filter((shown) => shown.startsWith("<")),
  ).toEqual([]);
});

test("the member list follows JOIN, PART, QUIT and NICK", () => {
  const play = inLobby();
  expect(members(play)).toEqual(["ann", "bob"]);
  play.server(":carl!c@h JOIN #lobby", ":bob!b@h NICK Rob", ":ANN!a@h NICK anna");
  expect(members(play)).toEqual(["carl", "Rob", "anna"]);
  play.server(":rob!b@h QUIT :x", ":carl!c@h PART #lobby");
  expect(members(play)).toEqual(["anna"]);
});

test("a line has the time of server-time", () => {
  const message = parse("@time=2020-01-02T03:04:05.000Z :bob!b@h PRIVMSG #lobby :old");
  const effect = message === undefined ? undefined : update(inLobby().model, message, 0).effects[0];
  expect(effect).toMatchObject({ type: "show", line: { time: Date.UTC(2020, 0, 2, 3, 4, 5) } });
});

test("a line that is sent twice with one msgid is shown once", () => {
  const play = inLobby();
  const line = "@msgid=m1 :bob!b@h PRIVMSG #lobby :hi";
  expect(play.server(line, line)).toEqual(["<bob> hi"]);
  play.server(":ann!ann@h JOIN #lobby");
  expect(play.server(line)).toEqual([]);
});

test("unrequested history is shown once, and its sender becomes a partner", () => {
  const play = inLobby("batch draft/chathistory tcpchat/missed", "CHATHISTORY=20");
  const lines = [
    ":s BATCH +x chathistory bob",
    "@batch=x;msgid=m1;time=2020-01-02T03:04:05.000Z :bob!b@h PRIVMSG ann :are you there?",
    ":s BATCH -x",
  ];
  expect(play.server(...lines)).toEqual(["bob → you: are you there?"]);
  expect(play.server(...lines)).toEqual([]);
  expect([...play.model.partners.values()]).toEqual(["bob"]);
});

test("joining a room requests its history, at most as many lines as the server allows", () => {
  const play = inLobby("batch draft/chathistory", "CHATHISTORY=20");
  play.types("/join dev");
  expect(play.server(":ann!ann@h JOIN #dev")).toContain("> CHATHISTORY LATEST #dev * 20");
});

test("a joined room becomes current; leaving it makes another room current", () => {
  const play = inLobby();
  play.types("/join dev");
  expect(play.server(":ann!ann@h JOIN #dev")).toEqual(["-- ann joined #dev"]);
  expect(play.server(":bob!b@h PRIVMSG #lobby :hi")).toEqual(["#lobby <bob> hi"]);
  expect(play.server(":ann!ann@h PART #dev")).toEqual(["-- ann left #dev", "-- Now in #lobby."]);
});

test("a room that refuses us is no longer awaited", () => {
  const play = new Play();
  play.open();
  play.server(":s 001 ann :hi", ":s 422 ann :no motd");
  expect(isSettled(play.model)).toBe(false);
  expect(play.server(":s 473 ann #lobby :Cannot join channel (+i)")).toEqual([
    "-- #lobby is for invited people only; its operators invite.",
  ]);
  expect(isSettled(play.model)).toBe(true);
});

test.each([
  ["a kick", ":bob!b@h KICK #dev ann :out"],
  ["a rejoin that is refused", ":s 473 ann #dev :Cannot join channel (+i)"],
])("after %s, what is typed for the room in view is not said in another", (name, line) => {
  const play = inLobby();
  play.types("/join dev");
  play.server(":ann!ann@h JOIN #dev");
  if (name !== "a kick") {
    play.model = { ...play.model, joining: new Map([[fold("#dev"), { name: "#dev", current: false }]]) };
  }
  play.server(line);
  expect(play.types("a secret")).toEqual(["-- Not said: you are not in #dev. /join ROOM goes into a room."]);
  play.types("/join lobby");
  expect(play.types("hello")[0]).toStartWith("> PRIVMSG #lobby hello");
});

test("the echo of a message confirms it; another line of the same sender does not", () => {
  const play = inLobby("echo-message");
  expect(play.types("hi")).toEqual(["> PRIVMSG #lobby hi"]);
  play.server("@msgid=a :ann!a@h PRIVMSG #lobby :older");
  expect(play.model.outbox.length).toBe(1);
  expect(play.server("@msgid=b :ann!a@h PRIVMSG #lobby hi")).toEqual(["<ann> hi", "stored id-1"]);
  expect(play.model.outbox).toEqual([]);
});

test("without echo-message, the PONG after a message confirms it", () => {
  const play = inLobby();
  expect(play.types("hi")).toEqual(["> PRIVMSG #lobby hi", "> PING said-id-1"]);
  expect(play.server(":s PONG s :said-id-1")).toEqual(["<ann> hi", "stored id-1, pong"]);
  expect(play.model.outbox).toEqual([]);
});

test("a refused message has failed, and /retry sends it again", () => {
  const play = inLobby("echo-message");
  play.types("/msg zoe hi");
  play.server(":s 401 ann zoe :No such nick");
  expect(play.model.outbox).toMatchObject([{ state: "failed", why: "No such nick" }]);
  expect(play.types("/retry")).toEqual(["> PRIVMSG zoe hi"]);
});

test("unconfirmed messages are named when the connection ends", () => {
  const play = inLobby("echo-message");
  play.types("hi");
  expect(play.apply(disconnected(play.model, 0))).toEqual(["-- Not confirmed by the server: hi"]);
});

test("a reconnect joins the current rooms, not the initial ones", () => {
  const play = inLobby();
  play.types("/join dev");
  play.server(":ann!ann@h JOIN #dev", ":ann!ann@h PART #lobby");
  play.apply(disconnected(play.model, 0));
  play.open();
  expect(play.server(":s 001 ann :hi", ":s 422 ann :no motd")).toEqual(["> JOIN #dev"]);
});

test("a nick in use during registration becomes the next free one, and is monitored", () => {
  const play = new Play();
  play.open();
  expect(play.server(":s 433 * ann :in use")).toEqual(["> NICK ann-2"]);
  expect(play.server(":s 433 * ann-2 :in use")).toEqual(["> NICK ann-3"]);
  expect(play.server(":s 001 ann-3 :hi", ":s 005 ann-3 MONITOR=100 :are supported", ":s 422 ann-3 :none")).toEqual([
    "-- ann is in use: you are ann-3 until it is free.",
    "> MONITOR + ann",
    "> JOIN #lobby",
  ]);
  expect(play.server(":s 731 ann-3 :ann")).toEqual(["> NICK ann"]);
  const loggedIn = play.model;
  expect(play.server(":ann-3!a@h NICK ann")).toEqual(["> MONITOR - ann", "-- ann is free again: it is yours."]);
  play.model = { ...loggedIn, account: "ann" }; // another session of the account has the nick all the time
  expect(play.server(":ann-3!a@h NICK ann")).toEqual(["> MONITOR - ann", "-- You are now ann."]);
});

test.each([":ann!x@h QUIT :bye", ":ann!x@h NICK zoe"])("the wanted nick is taken back at %s", (line) => {
  const play = new Play();
  play.open();
  play.server(":s 433 * ann :in use", ":s 001 ann-2 :hi", ":s 422 ann-2 :none", ":ann-2!a@h JOIN #lobby");
  play.server(":s 353 ann-2 = #lobby :ann ann-2", ":s 366 ann-2 #lobby :end");
  expect(play.server(line).at(-1)).toBe("> NICK ann");
});

test("without MONITOR the wanted nick is requested again later, silently", () => {
  const play = new Play();
  play.open();
  expect(play.server(":s 433 * ann :in use", ":s 001 ann-2 :hi", ":s 422 ann-2 :none")).toContain("try the nick later");
  expect(play.apply(retryNick(play.model))).toEqual(["> NICK ann"]);
  expect(play.server(":s 433 ann-2 ann :in use")).toEqual(["try the nick later"]);
});

test("a nick that is refused for another reason than being in use shows that reason", () => {
  const play = inLobby();
  play.types("/nick b0b");
  expect(play.server(":s 433 ann b0b :Nickname looks like bob's; b0b-2 is free")).toEqual([
    "-- b0b: Nickname looks like bob's; b0b-2 is free.",
  ]);
});

test("a registered nick is obtained by logging in", () => {
  const play = new Play();
  play.open();
  play.server(":s CAP * LS :sasl", ":s 433 * ann :Nickname is registered: log in to it by SASL", ":s 001 ann-2 :hi");
  expect(play.server(":s 422 ann-2 :none")).toContain(
    "-- ann is registered: you are ann-2; /login ann makes you ann, if that is you.",
  );
  play.types("/login ann sesame88");
  expect(play.server(":s 903 ann-2 :ok").at(-1)).toBe("> NICK ann");
});

test("a nick refused during registration is not awaited", () => {
  const play = new Play();
  play.open();
  expect(play.server(":s 433 * admin :Nickname is the server's to give; admin-2 is free")).toEqual([
    "-- admin: Nickname is the server's to give; admin-2 is free.",
    "> NICK ann-2",
  ]);
  expect(play.server(":s 001 ann-2 :hi", ":s 005 ann-2 MONITOR=100 :are supported", ":s 422 ann-2 :none")).toEqual([
    "> JOIN #lobby",
  ]);
});

test("a nick refused because of a ban is not awaited", () => {
  const play = inLobby();
  play.types("/nick bob");
  expect(play.server(":s 435 ann bob #dev :Cannot change nickname while banned on channel")).toEqual([
    "-- bob: Cannot change nickname while banned on channel",
  ]);
  expect(play.model.wanted).toBe("ann");
});

test("/nick with a nick in use is refused, and nothing waits for it", () => {
  const play = inLobby();
  expect(play.types("/nick bob")).toEqual(["> NICK bob"]);
  expect(play.server(":s 433 ann bob :in use")).toEqual(["-- bob is in use; /nick with another name works."]);
  expect(play.model).toMatchObject({ nick: "ann", wanted: "ann" });
  expect(play.server(":bob!b@h QUIT :bye")).toEqual(["-- bob quit: bye"]);
});

test("a line of IRC that is not answered is said to be sent", () => {
  const play = inLobby("labeled-response batch");
  expect(play.types("/quote MODE #lobby +n")).toEqual(["> @label=c0 MODE #lobby +n"]);
  expect(play.server("@label=c0 :s ACK")).toEqual(["-- Sent; the server answers nothing."]);
  expect(play.types("/quote FOO")).toEqual(["> @label=c1 FOO"]);
  expect(play.server("@label=c1 :s 421 ann FOO :Unknown")).toEqual(["-- This server has no command FOO."]);
});

function message(line: string): Message {
  const parsed = parse(line);
  if (parsed === undefined) throw new Error(line);
  return parsed;
}

test("a notice of the server is shown where one is; the message of the day is not", () => {
  const play = inLobby();
  const shown = (line: string) =>
    update(play.model, message(line), 0).effects.flatMap((effect) =>
      effect.type === "show" ? [effect.line.kind as string] : [],
    );
  expect(shown(":irc.test NOTICE ann :The server is stopped at noon")).toEqual(["event"]);
  expect(shown(":s 372 ann :- welcome")).toEqual(["hint"]);
});

test("a malformed nick is simplified during registration, and refused later", () => {
  const play = new Play({ nick: "ann.b" });
  play.open();
  expect(play.server(":s 432 * ann.b :Erroneous")).toEqual([
    "-- ann.b cannot be a nick here: you are annb.",
    "> NICK annb",
  ]);
  const script = new Play({ nick: "ann.b", quiet: true, keepsNick: true });
  script.open();
  expect(script.server(":s 432 * ann.b :Erroneous")).toEqual([
    "give up 2: ann.b cannot be a nick here; annb could, for example",
  ]);
  expect(inLobby().server(":s 432 ann a.b :Erroneous")).toEqual(["-- a.b: Erroneous"]);
});

test("the client gives up on a server that refuses every nick", () => {
  const play = new Play();
  play.open();
  const said = Array.from({ length: NICK_TRIES + 1 }, () => play.server(":s 433 * x :in use")).flat();
  expect(said.at(-1)).toStartWith("give up 1");
});

test("no input from a server breaks the client or grows it without bound", () => {
  const word = fc.constantFrom(
    "ann",
    "bob",
    "#lobby",
    "#dev",
    "*",
    "",
    "=",
    ":x y",
    "@ann +bob",
    "LS",
    "ACK",
    "NEW",
    "+o",
  );
  const command = fc.constantFrom(
    ..."CAP AUTHENTICATE JOIN PART KICK QUIT NICK INVITE MODE PRIVMSG NOTICE PONG TOPIC ERROR FAIL BATCH REGISTER CHATHISTORY 001 005 322 331 332 353 366 401 404 422 432 433 437 464 473 731 999".split(
      " ",
    ),
  );
  const line = fc.tuple(fc.constantFrom("", ":ann!a@h ", ":bob ", ": "), command, fc.array(word, { maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const play = inLobby("echo-message");
      play.server(...lines.map(([source, verb, params]) => `${source}${verb} ${params.join(" ")}`));
      play.types("hi");
      expect(play.model.rooms.size).toBeLessThan(10);
    }),
  );
});

test("a JOIN that we did not request is ignored, and so is everything about that room", () => {
  const play = inLobby("batch draft/chathistory message-tags", "CHATHISTORY=20");
  expect(
    play.server(
      ":ann!a@h JOIN #x",
      ":s 353 ann = #x :zoe",
      ":s 366 ann #x :end",
      ":s 332 ann #x :topic",
      ":zoe!z@h TOPIC #x :topic",
      ":zoe!z@h JOIN #x",
      ":zoe!z@h PRIVMSG #x :hi",
      ":s BATCH +b chathistory #x",
      "@batch=b;msgid=m1 :zoe!z@h PRIVMSG #x :hi",
      ":s BATCH -b",
    ),
  ).toEqual([]);
  expect([play.model.rooms.size, play.model.arrivingNames.size, play.model.streams.has(fold("#x"))]).toEqual([
    1,
    0,
    false,
  ]);
});

test("a room of another session of our account is accepted, and so is one that ours forwards to", () => {
  const play = new Play({ account: "ann", password: "hunter2" });
  play.open();
  play.server(":s 900 ann ann!a@h ann :hi", ":s 001 ann :hi", ":s 422 ann :none", ":ann!a@h JOIN #x");
  expect(play.model.rooms.has(fold("#x"))).toBe(true);
  const guest = inLobby();
  guest.server(":s 900 ann ann!a@h ann :hi", ":ann!a@h JOIN #x");
  guest.types("/join full");
  expect(guest.server(":s 470 ann #full #more :Forwarding", ":ann!a@h JOIN #more")).toEqual([
    "-- #full forwards to #more.",
    "-- ann joined #more",
  ]);
  expect([...guest.model.rooms.keys()]).toEqual([fold("#lobby"), fold("#more")]);
  expect(guest.model.current).toBe(fold("#more"));
});

test("rooms and members are bounded", () => {
  const play = new Play({ account: "ann", password: "hunter2" });
  play.open();
  play.server(":s 900 ann ann!a@h ann :hi", ":s 001 ann :hi", ":s 422 ann :none");
  for (let i = 0; i < 300; i++) play.server(`:ann!a@h JOIN #r${i}`, `:s 353 ann = #r${i} :zoe`);
  expect(play.model.rooms.size).toBe(200);
  play.server(":ann!a@h JOIN #lobby", ":s 353 ann = #lobby :@ann bob", ":s 366 ann #lobby :end");
  play.server(`:${"x".repeat(300)}!a@h JOIN #lobby`);
  expect(members(play)).toEqual(["ann", "bob"]);
});

test("CTCP VERSION and PING are answered by a NOTICE, at most once in two seconds, and never for a room", () => {
  const play = new Play({ interactive: true, program: "tcpchat 1.2.3" });
  play.open();
  play.server(":s 001 ann :hi", ":s 422 ann :no motd", ":ann!ann@h JOIN #lobby");
  const asks = (question: string, now: number, from = "bob", to = "ann") => {
    const message = parse(`:${from}!b@h PRIVMSG ${to} :\x01${question}\x01`);
    return message === undefined ? [] : play.apply(update(play.model, message, now));
  };
  expect(asks("VERSION", 10_000)).toEqual(["> NOTICE bob :\x01VERSION tcpchat 1.2.3\x01"]);
  expect(asks("PING 12345", 11_999)).toEqual([]);
  expect(asks("PING 12345", 12_000)).toEqual(["> NOTICE bob :\x01PING 12345\x01"]);
  expect(asks("DCC SEND x", 20_000)).toEqual([]);
  expect(asks("VERSION", 20_000, "ann")).toEqual([]);
  expect(asks("VERSION", 20_000, "bob", "#lobby")).toEqual([]);
  play.model = { ...play.model, ignored: new Set(["bob"]) };
  expect(asks("VERSION", 20_000)).toEqual([]);
});

test("a change by the server in a room is shown as the server's", () => {
  const play = inLobby();
  expect(play.server(":irc.test MODE #lobby +o bob")).toEqual(["-- The server made bob an operator of #lobby"]);
});
