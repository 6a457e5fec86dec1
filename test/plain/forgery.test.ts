import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Person, PlainFixture } from "../support/plain-fixture.ts";

/** Whether a line begins with its true speaker: the server, bob himself, or the one other person. */
function isHonest(line: string, other: string): boolean {
  const nick = RegExp.escape(other);
  const room = "(?:#[^ <>]+ )?";
  const theirs = new RegExp(`^\\[12:03\\] (?:${room}<(?:${nick}|-${nick}-)> |${room}\\* ${nick} |${nick} → you: )`);
  return line.startsWith("-- ") || theirs.test(line) || isOwn(line);
}

function isOwn(line: string): boolean {
  return /^\[12:03\] (?:you → \S+: hi|(?:#dev |#lobby )?<bob> hello)$/.test(line);
}

const UNSHOWABLE = /[\0-\x08\n-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

/** Texts that try to forge a line of somebody else, or to control the terminal. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom("\r", "\n", "\r\n", "\x1b[2K\x1b[1G", "\x1b]0;x\x07", "\u2028", "\u2029", "\u202e", "\u2066"),
      fc.constantFrom("[12:03] <bob> x", "<bob> x", "-- bob left", "* bob", "bob → you: x", "\x9b31m", "\x0304", "\b"),
      fc.constantFrom(" ", "\t", "/", "#", "\u{e0041}", "\ufeff", "\ud800", "\x7f", "\x85", "é", "😀", "\u0301"),
      fc.string({ unit: "binary", maxLength: 8 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

/** The ways in which a text of ann's can reach bob, typed or over another protocol. */
const WAYS: Readonly<Record<string, (ann: Person, text: string) => void>> = {
  line: (ann, text) => ann.types(text),
  said: (ann, text) => ann.session.act({ type: "say", to: "#dev", kind: "words", text }),
  notice: (ann, text) => ann.session.act({ type: "say", to: "#lobby", kind: "notice", text }),
  action: (ann, text) => ann.session.act({ type: "say", to: "#lobby", kind: "action", text }),
  direct: (ann, text) => ann.session.act({ type: "say", to: "bob", kind: "action", text }),
  topic: (ann, topic) => ann.session.act({ type: "set-topic", room: "#dev", topic }),
  away: (ann, text) => ann.session.act({ type: "set-away", text }),
  realname: (ann, realname) => ann.session.act({ type: "set-realname", realname }),
  leave: (ann, reason) => ann.session.act({ type: "leave", room: "#dev", reason }),
  join: (ann, text) => ann.types(`/join ${text}`),
  nick: (ann, nick) => ann.session.act({ type: "rename", nick: nick.slice(0, 32) }),
  ban: (ann, mask) =>
    ann.session.act({ type: "change-modes", room: "#dev", changes: [{ mode: "ban", on: true, mask }] }),
  key: (ann, key) => ann.session.act({ type: "change-modes", room: "#dev", changes: [{ mode: "key", on: true, key }] }),
  command: (ann, text) => ann.types(`/${text}`),
};

/** The commands by which bob can look at ann's texts. */
const QUERIES = ["/msg ann hi", "/whois ann", "/rooms", "/who lobby", "/who dev", "/topic", "/ban", "/set", "/history"];

test("no text that someone says or sets can forge a line of somebody else or control their terminal", () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(WAYS)), nasty, fc.boolean(), (way, text, isInDev) => {
      const fixture = new PlainFixture();
      const [ann, bob] = fixture.pair("ann", "bob");
      ann.types("/join dev");
      bob.types("/join dev");
      if (!isInDev) bob.types("/join lobby");
      bob.reads();
      WAYS[way]?.(ann, text);
      for (const line of [...bob.reads(), ...bob.types(...QUERIES)]) {
        expect(line).not.toMatch(UNSHOWABLE);
        // Messages from before a new nick are kept under the old one.
        const nicks = ["ann", ann.session.member?.nick ?? "ann"];
        expect(nicks.some((nick) => isHonest(line, nick)) || line).toBe(true);
      }
    }),
    { numRuns: 400 },
  );
});

const FORGED: readonly [string, string, readonly string[]][] = [
  ["a line end", "a\n[12:03] <bob> b", ["[12:03] <ann> a", "[12:03] <ann> [12:03] <bob> b"]],
  ["a carriage return", "a\r[12:03] <bob> b", ["[12:03] <ann> a [12:03] <bob> b"]],
  ["a line separator", "a\u2028[12:03] <bob> b", ["[12:03] <ann> a [12:03] <bob> b"]],
  ["a cursor to the line's beginning", "a\x1b[1G[12:03] <bob> b", ["[12:03] <ann> a[12:03] <bob> b"]],
  ["right to left", "\u202ea\u202c", ["[12:03] <ann> a"]],
];

test.each(FORGED)("nobody can speak as somebody else by %s", (_, text, lines) => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  ann.session.act({ type: "say", to: "#lobby", kind: "words", text });
  expect(bob.reads()).toEqual([...lines]);
  expect(
    fixture
      .comes()
      .reads()
      .slice(-2 - lines.length, -2),
  ).toEqual([...lines]);
});
