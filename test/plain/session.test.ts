import { expect, test } from "bun:test";
import { CHAT_LIMITS } from "../../src/chat/model/limits.ts";
import { ServerPassword } from "../../src/plain/session.ts";
import { closing } from "../../src/wire/closing.ts";
import { LINE_IN } from "../../src/wire/limits.ts";
import { NOON, type Person, PlainFixture } from "../support/plain-fixture.ts";

const HINT = "/nick NAME changes that, /help tells more.";
const KEPT = "-- What is said in #lobby is kept: whoever joins can read it.";

test("a newcomer is a guest in the lobby, and the very first line is a message", () => {
  const fixture = new PlainFixture();
  expect(fixture.comes().types("hello")).toEqual([
    KEPT,
    `-- You are guest-1 in #lobby; ${HINT}`,
    "[12:03] <guest-1> hello",
  ]);
});

test.each([
  "pass hunter2",
  "OPER ann operpw",
  " pass x",
  ":x PASS y z",
  "login ann pw",
  "NickServ identify pw",
  "PASS\tx",
  "PASS sesame one",
])("a first line that may hold a password is not said: %j", (line) => {
  const fixture = new PlainFixture();
  const bob = fixture.brings("bob");
  const ann = fixture.comes();
  expect(ann.types(line).at(-1)).toBe(
    "-- That was not said, for it may contain a password: /login logs in. The same line once more is said.",
  );
  expect(bob.reads().join("\n")).not.toMatch(/hunter2|pw|sesame|\bx\b|\by\b/);
  expect(ann.types(line).at(-1)).toContain("<guest-");
  expect(ann.types("login page is broken").at(-1)).toContain("login page is broken");
});

test("a silent newcomer gets the same greeting, and has said nothing", () => {
  expect(new PlainFixture().comes({ greeted: true }).reads()).toEqual([KEPT, `-- You are guest-1 in #lobby; ${HINT}`]);
});

/** A person who connects while the chat handles another act, so that entering waits until that is done. */
function connectsMeanwhile(fixture: PlainFixture, then: (person: Person) => void = () => {}): Person {
  const ann = fixture.brings("ann");
  const newcomers: Person[] = [];
  fixture.chat.observe(({ type }) => {
    if (type !== "said" || newcomers.length > 0) return;
    const person = fixture.comes();
    newcomers.push(person);
    expect(person.session.member).toBeUndefined();
    then(person);
  });
  ann.types("come in");
  const [person] = newcomers;
  if (!person) throw new Error("Nobody came");
  return person;
}

test("a newcomer whose entering waits is in the lobby afterwards", () => {
  const person = connectsMeanwhile(new PlainFixture());
  expect(person.reads().at(-1)).toBe(`-- You are guest-2 in #lobby; ${HINT}`);
});

test("a newcomer who disconnects before entering never becomes a member", () => {
  const fixture = new PlainFixture();
  const person = connectsMeanwhile(fixture, ({ session }) => session.gone(closing("reset")));
  expect([...fixture.chat.members].map(({ nick }) => nick)).toEqual(["ann"]);
  expect([person.session.member, person.peer.finished]).toEqual([undefined, undefined]);
});

test("guests are numbered in the order in which they connect, and no number is used twice", () => {
  const fixture = new PlainFixture();
  const [first, second] = [fixture.comes(), fixture.comes()];
  first.session.end();
  const hints = [first, second, fixture.comes()].map((person) => person.reads().at(-1));
  expect(hints).toEqual([1, 2, 3].map((n) => `-- You are guest-${n} in #lobby; ${HINT}`));
});

test("a newcomer gets a replay of the last 20 messages", () => {
  const fixture = new PlainFixture();
  fixture.comes().types(...Array.from({ length: 25 }, (_, i) => `line ${i}`));
  const seen = fixture.comes().reads();
  expect(seen).toHaveLength(22);
  expect(seen[0]).toBe("[12:03] <guest-1> line 5");
  expect(seen[19]).toBe("[12:03] <guest-1> line 24");
});

test("a guest's joining and leaving is shown only once the guest has said something", () => {
  const fixture = new PlainFixture();
  const ann = fixture.brings("ann");
  ann.reads();
  const silent = fixture.comes({ greeted: true });
  silent.types("/nick bob");
  silent.session.end();
  expect(ann.reads()).toEqual([]);
  const loud = fixture.comes();
  loud.types("hi");
  loud.session.end();
  expect(ann.reads()).toEqual(["-- guest-3 joined #lobby", "[12:03] <guest-3> hi", "-- guest-3 quit"]);
});

test("everyone sees the same line, its sender too", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  const seen = ["[12:03] <ann> hi"];
  expect([ann.types("hi"), bob.reads()]).toEqual([seen, seen]);
});

test("blank lines are ignored", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  expect([ann.types("", "  ", "\t", "\u2028"), bob.reads()]).toEqual([[], []]);
});

test("bytes that are not UTF-8 become U+FFFD, the others stay", () => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  ann.session.line(new Uint8Array([0x61, 0xff, 0x62]));
  expect(ann.reads()).toEqual(["[12:03] <ann> a\ufffdb"]);
  expect(ann.types("äöü 😀 👩‍👩‍👧")).toEqual(["[12:03] <ann> äöü 😀 👩‍👩‍👧"]);
});

test("a message beyond the limit is refused, not cut", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  expect(ann.types("x".repeat(4097))[0]).toStartWith("-- Not said: a message has at most 4096 bytes");
  expect(bob.reads()).toEqual([]);
});

test("a line over the limit closes the connection, with that limit in the last line", () => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  ann.session.overlong();
  expect(ann.reads()).toEqual([`-- That line is longer than ${LINE_IN} bytes, so the connection is closed.`]);
  expect(ann.peer.finished).toBe("line-length");
});

test("if a password cannot be checked, the person is told so and this connection alone is closed", async () => {
  const fails = () => Promise.reject(new Error("a bug"));
  const fixture = new PlainFixture({ hashing: { hash: fails, verify: fails, dummy: Promise.resolve("") } });
  const [ann, bob] = fixture.pair("ann", "bob");
  ann.types("/register a long sesame");
  expect((await ann.until(/failed/)).at(-1)).toStartWith("-- That has failed because of a bug in the server.");
  expect([ann.peer.bugs, ann.peer.finished]).toEqual([["Error: a bug"], "bug"]);
  expect([bob.peer.bugs, bob.peer.finished]).toEqual([[], undefined]);
});

test("the first line answers the server's password prompt, and is never sent as a message", () => {
  const fixture = new PlainFixture({ password: "secret" });
  const ann = fixture.comes();
  expect(ann.reads()).toEqual([]);
  expect(ann.types("secret")).toEqual([KEPT, `-- You are guest-1 in #lobby; ${HINT}`]);
  expect(ann.types("/history")).toEqual(["-- Nothing has been said in #lobby yet."]);
});

test("a connection without the password is closed after a minute, one that has given it is not", () => {
  const fixture = new PlainFixture({ password: "secret" });
  const [eve, ann] = [fixture.comes({ greeted: true }), fixture.comes()];
  ann.types("secret");
  for (const { session } of [eve, ann]) {
    session.housekeep(NOON + 60_000);
    session.housekeep(NOON + 60_001);
  }
  expect(eve.reads().slice(1)).toEqual(["-- No password has come within 60 seconds, so the connection is closed."]);
  expect([eve.peer.finished, ann.peer.finished]).toEqual(["registration-time", undefined]);
});

test("a wrong password may be tried again twice, and until then commands do nothing", () => {
  const fixture = new PlainFixture({ password: "secret" });
  const eve = fixture.comes({ greeted: true });
  const asked = "-- Password: chat.test asks everyone for one.";
  expect(eve.reads()).toEqual([asked]);
  expect(eve.types("/join dev")).toEqual(["-- That is not the password.", asked]);
  expect(eve.types("hello")).toEqual(["-- That is not the password.", asked]);
  expect(eve.types("")).toEqual(["-- That is not the password either; the connection is closed."]);
  expect(eve.peer.finished).toBe("server-password");
  eve.session.gone(closing("closed"));
  expect(fixture.chat.members.size).toBe(0);
});

test("a guest's nick may be longer than the limit of nicks", () => {
  const eve = new PlainFixture({ limits: { ...CHAT_LIMITS, nickLength: 3 } }).comes({ greeted: true });
  expect(eve.reads()).toEqual([KEPT, `-- You are guest-1 in #lobby; ${HINT}`]);
  expect(eve.types("/nick evelyn")[0]).toStartWith('-- "evelyn" cannot be a nick');
});

test("the end of input ends the session, without a line to the person", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  ann.session.end();
  expect([ann.reads(), bob.reads()]).toEqual([[], ["-- ann quit"]]);
  expect(ann.peer.finished).toBe("closed");
  ann.session.gone(closing("closed"));
  expect(bob.reads()).toEqual([]);
});

test("a lost connection ends its member", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  ann.session.gone(closing("reset"));
  expect(bob.reads()).toEqual(["-- ann quit: Connection reset"]);
  expect(fixture.chat.member("ann")).toBeUndefined();
});

test("a guest whose connection turns out to be IRC was never shown to anybody", () => {
  const fixture = new PlainFixture();
  const ann = fixture.brings("ann");
  ann.reads();
  fixture.comes({ greeted: true }).session.gone(closing("closed", "Speaks IRC"));
  expect(ann.reads()).toEqual([]);
  expect(fixture.chat.members.size).toBe(1);
});

test("/quit says goodbye to both sides", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  expect([ann.types("/quit see you"), bob.reads()]).toEqual([["-- Goodbye."], ["-- ann quit: see you"]]);
  expect(ann.peer.finished).toBe("quit");
});

test("nothing is sent after the server's farewell", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  ann.session.farewell(closing("closed", "The server is stopping"));
  bob.types("still here?");
  bob.session.gone(closing("closed"));
  expect(ann.reads()).toEqual(["-- The server is stopping."]);
  expect(fixture.chat.member("ann")).toBeDefined();
  for (const room of fixture.chat.rooms) expect(room.renderGroups.size).toBe(0);
});

test("a session that got the farewell does not return to the lobby", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  bob.types("/join dev");
  ann.types("/join dev", "/leave lobby");
  ann.session.farewell(closing("closed", "The server is stopping"));
  bob.types("/kick ann");
  expect(fixture.chat.member("ann")?.rooms.size).toBe(0);
});

test("a message that could not be stored is not echoed", () => {
  const ann = new PlainFixture().brings("ann");
  ann.session.line(new TextEncoder().encode("lost"));
  ann.session.unstored();
  const [words = "", ...more] = ann.reads();
  expect(words).toStartWith("-- Not stored: ");
  expect(more).toEqual([]);
  expect(ann.peer.finished).toBe("not-stored");
});

test("a direct message is marked at both ends", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  expect(ann.types("/msg BOB psst  you ")).toEqual(["[12:03] you → bob: psst  you"]);
  expect(bob.reads()).toEqual(["[12:03] ann → you: psst  you"]);
  expect(ann.types("/msg eve hi")).toEqual(["-- Nobody here is called eve; /who tells who is here."]);
});

test("a message to yourself is shown twice: as sent and as received", () => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  expect(ann.types("/msg ann note")).toEqual(["[12:03] you → ann: note", "[12:03] ann → you: note"]);
});

test("writing to someone away says so once, and again when the away text changes", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  const last = (line: string) => ann.types(line).slice(1);
  bob.types("/away tea");
  expect([last("/msg bob 1"), last("/msg bob 2")]).toEqual([["-- bob is away: tea"], []]);
  bob.types("/away lunch");
  expect([last("/msg bob 3"), last("/msg bob 4")]).toEqual([["-- bob is away: lunch"], []]);
  bob.types("/back");
  expect(last("/msg bob 5")).toEqual([]);
  bob.types("/away lunch");
  expect(last("/msg bob 6")).toEqual(["-- bob is away: lunch"]);
});

test("words after /leave that name no room are the reason, and words after a nick are refused as a part of it", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  for (const one of [ann, bob]) one.types("/join dev");
  ann.reads();
  expect(bob.types("/leave bye now")).toContain(
    "-- You are not in #dev any more; what you type is said in #lobby now.",
  );
  expect(ann.reads()).toEqual(["-- bob left #dev: bye now"]);
  expect(bob.types("/nick bad nick").at(-1)).toStartWith('-- "bad nick" cannot be a nick: ');
});

test("a request for a taken nick is refused, and the nick stays unchanged", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  expect(bob.types("/nick ann", "/nick Ann")).toEqual([
    "-- ann is in use; /nick with another name works.",
    "-- Ann is in use; /nick with another name works.",
  ]);
  expect(bob.types("/nick bob")).toEqual(["-- You are bob already."]);
  expect([ann.types("/nick Ann"), bob.reads()]).toEqual([["-- You are Ann now."], ["-- ann is now Ann"]]);
});

test("after leaving the current room, the latest other room becomes current, and finally the lobby", () => {
  const fixture = new PlainFixture();
  const ann = fixture.brings("ann");
  ann.types("/join a", "/join b", "/join c");
  expect(ann.types("/leave")).toEqual(["-- You are not in #c any more; what you type is said in #b now."]);
  expect(ann.types("x")).toEqual(["[12:03] <ann> x"]);
  expect(ann.types("/leave a")).toEqual(["-- You are not in #a any more."]);
  ann.types("/leave lobby");
  expect(ann.types("/leave")).toEqual([
    "-- You are not in #b any more.",
    "[12:03] <ann> hello",
    "-- You are in #lobby now; nobody else is here.",
  ]);
  expect(ann.types("/leave").at(0)).toBe("-- You are not in #lobby any more.");
  expect(fixture.chat.room("#lobby")?.members.size).toBe(0);
});

test("a kicked person is told so, and talks on in another room", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev");
  ann.reads();
  const kicked = "-- bob was kicked from #dev by ann: too loud";
  expect(ann.types("/kick bob too loud")).toEqual([kicked]);
  expect(bob.reads()).toEqual([kicked, "-- You are not in #dev any more; what you type is said in #lobby now."]);
});

test("editing keys are applied before a line is read as a command, a password or a message", () => {
  const fixture = new PlainFixture({ password: "secret" });
  const ann = fixture.comes();
  ann.types("secrx\x7fet");
  expect(ann.types("\x1b[Ahellp\bo")).toEqual(["[12:03] <guest-1> hello"]);
  expect(ann.types("hi\x15/nick a\x1b[Dnn")).toEqual(["-- You are ann now."]);
});

const bytes = (text: string) => new TextEncoder().encode(text);

test("the right password is accepted, at the last try too", () => {
  const prompt = new ServerPassword(() => "sésame");
  expect(prompt.answer(bytes("sesame"))).toBe("wrong");
  expect(prompt.answer(bytes("sésame "))).toBe("wrong");
  expect(prompt.answer(bytes("sésame"))).toBe("open");
});

test("three wrong answers close the prompt", () => {
  const prompt = new ServerPassword(() => "x");
  expect(["", "a", "b"].map((answer) => prompt.answer(bytes(answer)))).toEqual(["wrong", "wrong", "closed"]);
});

test("the password at the time of the answer counts, and if there is none by then, any answer does", () => {
  let password = "old";
  const prompt = new ServerPassword(() => password);
  password = "new";
  expect(prompt.answer(bytes("old"))).toBe("wrong");
  expect(prompt.answer(bytes("new"))).toBe("open");
  password = "";
  expect(prompt.answer(bytes("whatever"))).toBe("open");
});
