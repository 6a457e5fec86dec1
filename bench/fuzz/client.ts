import type { Effect } from "../../src/client/model/state.ts";
import { update } from "../../src/client/model/update.ts";
import { showRows } from "../../src/client/ui/linear.ts";
import { frame } from "../../src/client/ui/screen.ts";
import { decode } from "../../src/text/bytes.ts";
import { LINE, SERVER_TAGS } from "../../src/wire/limits.ts";
import { LineSplitter, OVERLONG } from "../../src/wire/lines.ts";
import { parse } from "../../src/wire/message.ts";
import { Play } from "../../test/support/client/play.ts";
import { ScreenFixture } from "../../test/support/client/screen-fixture.ts";
import { Nonsense } from "./nonsense.ts";

const LINES = 1000; // lines per client
const BETWEEN = 20; // lines between two looks at the screen
const UNSAFE = /[\0-\x08\n-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const KEYS = [
  "\r",
  "\x1b[A",
  "\x1b[5~",
  "\t",
  "\x7f",
  "\x1b",
  "\x1b[200~a\nb\x1b[201~",
  "/join #r\r",
  "hello\r",
  "é",
  "\x15",
];

/** A fault of a client: the seed that reproduces it, and a description. */
export interface Fault {
  readonly seed: number;
  readonly what: string;
}

/** Feeds nonsense to this many clients, a thousand lines each, with consecutive seeds. */
export function hearNonsense(first: number, clients: number): readonly Fault[] {
  const faults: Fault[] = [];
  for (let seed = first; seed < first + clients; seed++) {
    try {
      onScreen(new Nonsense(seed));
      inLines(new Nonsense(seed));
    } catch (error) {
      faults.push({ seed, what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  return faults;
}

/** Checks the full screen: it shows only text, and fits the terminal. */
function onScreen(nonsense: Nonsense): void {
  const fixture = new ScreenFixture(
    nonsense.random() < 0.5 ? "echo-message" : "echo-message batch draft/chathistory message-tags",
  );
  for (let line = 0; line < LINES; line++) {
    fixture.server(...heard(nonsense));
    if (line % BETWEEN > 0) continue;
    fixture.keys(nonsense.pick(KEYS, ""));
    const size = { columns: 1 + nonsense.below(100), rows: 1 + nonsense.below(30) };
    const { rows } = frame(fixture.scene, size);
    if (rows.length > size.rows) throw new Error(`${rows.length} rows on a screen of ${size.rows}`);
    for (const { text } of rows.flat()) if (UNSAFE.test(text)) throw new Error(`Shown: ${JSON.stringify(text)}`);
  }
}

/** Checks the line mode: it shows only text. */
function inLines(nonsense: Nonsense): void {
  const play = new Play();
  play.open();
  for (let line = 0; line < LINES; line++) {
    for (const message of heard(nonsense).map(parse)) {
      if (message === undefined) continue;
      const step = update(play.model, message, 0);
      play.apply(step);
      for (const effect of step.effects) look(effect);
    }
  }
}

/** The next nonsense as the client parses it: mostly one line, sometimes several or none. */
function heard(nonsense: Nonsense): readonly string[] {
  const lines = new LineSplitter(SERVER_TAGS + LINE);
  lines.push(nonsense.reply());
  const all: string[] = [];
  for (let line = lines.next(); line !== undefined; line = lines.next()) if (line !== OVERLONG) all.push(decode(line));
  return all;
}

function look(effect: Effect): void {
  if (effect.type !== "show") return;
  for (const row of showRows(effect.line, { colour: false, current: "#lobby" }))
    if (UNSAFE.test(row)) throw new Error(`Shown: ${JSON.stringify(row)}`);
}
