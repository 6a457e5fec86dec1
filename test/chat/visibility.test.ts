import { expect, test } from "bun:test";
import fc from "fast-check";
import type { HistoryQuery } from "../../src/chat/history.ts";
import type { ChatEvent } from "../../src/chat/model/event.ts";
import { isHidden, isIgnored, readAround } from "../../src/chat/visibility.ts";
import { fold } from "../../src/text/fold.ts";
import {
  anAccount,
  ChatFixture,
  enter,
  join,
  leave,
  modes,
  RecordingSession,
  say,
  topic,
} from "../support/chat-fixture.ts";
import { rule } from "../support/transcript.ts";

const LAW = 60_000; // ms: a law takes under a second alone, and must pass on a busy machine

/** All that a member can read of #dev, by every way there is. */
async function seenBy(fixture: ChatFixture, player: RecordingSession): Promise<Record<string, readonly string[]>> {
  const { chat } = fixture;
  const { member } = player;
  const room = chat.room("#dev");
  if (!member || !room) throw new Error("They are not there");
  const [oldest, newest] = [{ seq: 1 }, { seq: Number.MAX_SAFE_INTEGER }];
  const queries: Record<string, HistoryQuery> = {
    latest: { which: "latest", after: undefined },
    since: { which: "latest", after: oldest },
    before: { which: "before", point: newest },
    after: { which: "after", point: oldest },
    "after a time": { which: "after", point: { time: 0 } },
    around: { which: "around", point: oldest },
    between: { which: "between", from: oldest, to: newest },
    backwards: { which: "between", from: newest, to: oldest },
  };
  const past = Object.entries(queries).map(([name, query]) => {
    const read = chat.readHistory(member, "#dev", query, { limit: 100, playback: true });
    return [name, Array.from(read ?? [], (event) => JSON.stringify(event))] as const;
  });
  const words = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text);
  const found = await chat.search(member, { text: "words", limit: 100 });
  const foundHere = await chat.search(member, { text: "words", target: "#dev", after: 0, limit: 100 });
  return {
    ...Object.fromEntries(past),
    history: words(chat.recentMessages(member, room, { limit: 100 })),
    replay: words(chat.recentMessages(member, room, { limit: 100, brief: true })),
    search: "messages" in found ? words(found.messages) : [],
    "search here": "messages" in foundHere ? words(foundHere.messages) : [],
  };
}

test.each([
  ["secret", { mode: "secret", on: true }, { mode: "secret", on: false }],
  ["closed by a key", { mode: "key", on: true, key: "sesame" }, { mode: "key", on: false, key: "" }],
  ["for the invited", { mode: "invite-only", on: true }, { mode: "invite-only", on: false }],
] as const)("what was said while a room was %s is hidden from those who come once it is open", async (_, on, off) => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  const bob = fixture.brings("bob", "#dev");
  ann.does(say("#dev", "words before"), modes("#dev", on), say("#dev", "words private"), topic("#dev", "plans"));
  const msgid = fixture.store.msgid(ann.events.findLast((event) => event.type === "said")?.seq ?? 0);
  ann.does(modes("#dev", off), say("#dev", "words after"));
  const eve = fixture.brings("eve", "#dev");
  for (const [way, seen] of Object.entries(await seenBy(fixture, eve))) {
    const text = seen.join();
    expect([way, text.includes("before"), text.includes("after")]).toEqual([way, true, true]);
    expect([way, /private|plans|sesame/.exec(text)]).toEqual([way, null]);
  }
  expect(eve.does({ type: "redact", target: "#dev", msgid, reason: "" })).toEqual([
    `no: no-such-message #dev ${msgid}`,
  ]);
  // Members who were in the room at that time can read it.
  for (const seen of Object.values(await seenBy(fixture, bob))) expect(seen.join()).toContain("words private");
  bob.does(leave("#dev"), join("#dev"));
  expect((await seenBy(fixture, bob)).latest?.join()).not.toContain("words private");
});

test("a key set in a private room stays hidden, before and after it opens", async () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  ann.does(modes("#dev", { mode: "secret", on: true }), modes("#dev", { mode: "key", on: true, key: "sesame" }));
  ann.does(modes("#dev", { mode: "secret", on: false }), say("#dev", "words private"));
  ann.does(modes("#dev", { mode: "key", on: false, key: "" }));
  for (const seen of Object.values(await seenBy(fixture, fixture.brings("eve", "#dev"))))
    expect(seen.join()).not.toMatch(/sesame|private/);
});

test("private history stays hidden after a restart", async () => {
  const first = new ChatFixture({ accounts: ["ann"] });
  const ann = new RecordingSession(first.chat);
  ann.does({ ...enter("ann"), account: anAccount("ann") } as never, join("#dev"), say("#dev", "words before"));
  ann.does(modes("#dev", { mode: "secret", on: true }), say("#dev", "words private"));
  first.store.commit();
  const second = new ChatFixture({ store: first.store });
  const again = new RecordingSession(second.chat);
  again.does({ ...enter("ann"), account: anAccount("ann") } as never, join("#dev"), say("#dev", "words private too"));
  again.does(modes("#dev", { mode: "secret", on: false }), say("#dev", "words after"));
  second.store.commit();
  const third = new ChatFixture({ store: first.store });
  expect((await seenBy(third, third.brings("eve", "#dev"))).history).toEqual(["words before", "words after"]);
  // A record from before that was noted.
  const record = first.store.loadRoom(fold("#dev"));
  if (!record) throw new Error("It is not there");
  first.store.saveRoom(fold("#dev"), { ...record, flags: ["secret"], hidden: undefined, privateSince: undefined });
  const fourth = new ChatFixture({ store: first.store });
  const back = new RecordingSession(fourth.chat);
  back.does({ ...enter("ann"), account: anAccount("ann") } as never, join("#dev"));
  back.does(modes("#dev", { mode: "secret", on: false }), say("#dev", "words at last"));
  expect((await seenBy(fourth, fourth.brings("eve", "#dev"))).history).toEqual(["words at last"]);
});

test("the number of hidden ranges of a room is limited", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  for (let n = 0; n < 200; n++) {
    ann.does(modes("#dev", { mode: "secret", on: true }), say("#dev", `words private ${n}`));
    ann.does(modes("#dev", { mode: "secret", on: false }), say("#dev", `words open ${n}`));
  }
  const room = fixture.chat.room("#dev");
  expect(room?.hidden.length).toBe(64);
  const eve = fixture.brings("eve", "#dev");
  const seen = room ? fixture.chat.recentMessages(eve.member, room, { limit: 1000 }).map(({ text }) => text) : [];
  expect([seen.length, seen.at(-1), seen.some((text) => text.includes("private"))]).toEqual([
    64,
    "words open 199",
    false,
  ]);
});

test(
  "reading around hidden ranges equals filtering them out",
  () => {
    const stretch = fc.tuple(fc.nat(20), fc.nat(6)).map(([from, length]) => ({ from, to: from + length }));
    const span = fc.record({
      from: fc.nat(20),
      before: fc.option(fc.nat(25), { nil: undefined }),
      limit: fc.nat(10),
      first: fc.boolean(),
    });
    const all = Array.from({ length: 25 }, (_, seq) => seq);
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 4 }), span, (stretches, asked) => {
        const hidden = stretches.toSorted((a, b) => a.from - b.from);
        const read = ({ from, before = 99, limit, first }: typeof asked, seqs = all) => {
          const within = seqs.filter((seq) => seq >= from && seq < before);
          return first ? within.slice(0, limit) : within.slice(Math.max(0, within.length - limit));
        };
        const open = all.filter((seq) => !isHidden(seq, hidden));
        expect(readAround(hidden, asked, (part) => read(part as typeof asked))).toEqual(read(asked, open));
      }),
    );
  },
  LAW,
);

// "If a user is set to 'invisible', they will not show up in commands such as WHO or NAMES unless they share a channel with
// the user that submitted the command. In addition, some servers hide all channels from the WHOIS reply of an invisible
// user they do not share with the user that submitted the command." (Modern IRC, Invisible User Mode)
rule(
  "invisible members are seen in shared rooms and by server operators",
  `
    ann: irc
    bob: irc
    eve: irc
    ann> MODE ann +i
    ann< * MODE ann +i
    ann> JOIN #one,#two
    ann< * JOIN #one
    ann< * 353 *
    ann< * 366 *
    ann< * JOIN #two
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #one
    bob< * JOIN #one
    bob< * 353 *
    bob< * 366 *
    ann< * JOIN #one
    bob> WHO an?
    bob< :chat.test 352 bob #one ~ann * ann H@ :0 Real ann
    bob< * 315 *
    bob> WHOIS ann
    bob< * 311 *
    bob< :chat.test 319 bob ann :@#one
    bob< * 312 *
    bob< * 317 *
    bob< * 318 *
    eve> WHO an?
    eve< * 315 *
    eve> NAMES #two
    eve< * 366 *
    eve> WHO #two
    eve< * 315 *
    eve> WHOIS ann
    eve< * 311 *
    eve< * 312 *
    eve< * 317 *
    eve< * 318 *
    eve> OPER root sesame
    eve< * 381 *
    eve< * MODE *
    eve> NAMES #two
    eve< * 353 eve = #two :@ann
    eve< * 366 *
    eve> WHOIS ann
    eve< * 311 *
    eve< :chat.test 319 eve ann :@#one @#two
    eve< * 312 *
    eve< * 379 *
    eve< * 338 *
    eve< * 317 *
    eve< * 318 *
  `,
  { operators: [{ name: "root", password: "sesame" }] },
);

// "Guests' comings and goings are announced only once they have said something."
rule(
  "a guest who has not spoken yet is not listed",
  `
    ann: irc
    nan: nc
    ann> JOIN #lobby
    ann< * JOIN #lobby
    ann< * 353 ann = #lobby :ann
    ann< * 366 *
    nan< -- ann joined #lobby
    nan> hello
    nan< * <nan> hello
    ann< :nan!* JOIN #lobby
    ann< :nan!* PRIVMSG #lobby :hello
    ann> NAMES #lobby
    ann< * 353 ann = #lobby :nan ann
    ann< * 366 *
  `,
);

rule(
  "a guest who has not acted yet is not listed with IRC or nc, and WHOIS names no room",
  `
    ann: irc
    eve: nc
    bob: nc
    ann> JOIN #lobby
    ann~ 366
    bob~ ann joined
    ann> NAMES #lobby
    ann< :chat.test 353 ann = #lobby :ann
    ann< * 366 *
    ann> WHO #lobby
    ann< * 352 ann #lobby * ann H :0 Real ann
    ann< * 315 *
    ann> WHOIS eve
    ann< * 311 ann eve *
    ann< * 312 *
    ann< * 317 *
    ann< * 318 *
    ann> MONITOR + eve
    ann< :chat.test 730 ann :eve!nc@*
    ann> MONITOR S
    ann< :chat.test 730 ann :eve!nc@*
    ann> ISON eve
    ann< :chat.test 303 ann :eve
    ann> USERHOST eve
    ann< :chat.test 302 ann :eve=+nc@*
    ann> WHO eve
    ann< :chat.test 352 ann \\x2a nc * eve H :0 nc
    ann< * 315 *
    bob> /who
    bob< -- In #lobby (2): ann, bob
    bob> /whois eve
    bob< -- eve (nc@*) is a guest, here since *
    bob|
    eve> hello
    bob~ hello
    ann~ hello
    ann> WHOIS eve
    ann< * 311 ann eve *
    ann< * 319 ann eve :#lobby
    ann~ 318
    bob> /whois eve
    bob< -- eve (nc@*) is a guest, here since *
    bob< -- eve is in #lobby.
    bob> /who
    bob< -- In #lobby (3): ann, bob, eve
    eve~ hello
  `,
);

rule(
  "outsiders see no members of a secret room, and invisible members in no room: with IRC and with nc",
  `
    ann: irc
    eve: irc
    bob: nc
    ann> JOIN #den,#open
    ann~ 366
    ann~ 366
    ann> MODE #den +s
    ann< * MODE #den +s
    eve> JOIN #open
    eve~ 366
    ann< * JOIN #open
    ann> MODE ann +i
    ann< * MODE ann +i
    eve> NAMES #den
    eve< :chat.test 366 eve #den *
    eve> WHO #den
    eve< :chat.test 315 eve #den *
    bob> /who den
    bob< -- There is no room #den; /rooms lists those there are.
    eve> WHOIS ann
    eve< * 311 eve ann *
    eve< * 319 eve ann :@#open
    eve~ 318
    bob> /who open
    bob< -- In #open (1): eve
    bob> /whois ann
    bob< -- ann (~ann@*) is a guest, here since *
    bob< -- ann gives as real name: Real ann
  `,
);

rule(
  "a person who may not speak in a secret room gets the same answer as for a missing room",
  `
    ann: irc
    eve: irc message-tags draft/message-redaction
    bob: nc
    ann> JOIN #den
    ann~ 366
    ann> MODE #den +s
    ann< * MODE #den +s
    eve> PRIVMSG #den :hi
    eve< :chat.test 403 eve #den :*
    eve> PRIVMSG #none :hi
    eve< :chat.test 403 eve #none :*
    eve> @+x=y TAGMSG #den
    eve< :chat.test 403 eve #den :*
    eve> TOPIC #den :hi
    eve< :chat.test 403 eve #den :*
    eve> PART #den
    eve< :chat.test 403 eve #den :*
    eve> MODE #den +b
    eve< :chat.test 403 eve #den :*
    eve> KICK #den ann
    eve< :chat.test 403 eve #den :*
    eve> INVITE bob #den
    eve< :chat.test 403 eve #den :*
    eve> REDACT #den abc
    eve< :chat.test FAIL REDACT INVALID_TARGET #den :*
    eve> REDACT #none abc
    eve< :chat.test FAIL REDACT INVALID_TARGET #none :*
    bob> /msg #den hi
    bob< -- There is no room #den; /rooms lists those there are.
    ann> MODE #den -s
    ann< * MODE #den -s
    eve> PRIVMSG #den :hi
    eve< :chat.test 404 eve #den :*
  `,
);

const PEST = new Set([fold("pest")]);

test.each([
  ["said", "Pest", undefined, true],
  ["said", "ann", undefined, false],
  ["said", "other", "PEST", true],
  ["signalled", "pest", undefined, true],
  ["invited", "pest", undefined, true],
  ["joined", "pest", undefined, false],
  ["kicked", "pest", undefined, false],
] as const)("%s by %s of the account %p is ignored: %p", (type, nick, name, ignored) => {
  const who = { nick, account: name && { name } };
  const event = { type, from: who, by: who, who } as unknown as ChatEvent;
  expect([isIgnored(event, PEST), isIgnored(event, new Set())]).toEqual([ignored, false]);
});
