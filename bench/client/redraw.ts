import { frame, type Size } from "../../src/client/ui/screen.ts";
import { Painter } from "../../src/client/ui/terminal.ts";
import { THEMES } from "../../src/client/ui/theme.ts";
import { ScreenFixture } from "../../test/support/client/screen-fixture.ts";
import { quantile } from "../test-server.ts";

const FULL: Size = { columns: 200, rows: 50 };
const SMALLER: Size = { columns: 190, rows: 48 };
const WORDS = "the quick 漢字 fox https://example.org/x jumps 👩‍👩‍👧 over the lazy dog again and again ".split(" ");
const LOG = 2000; // messages in the log before the first frame

/** The 99th percentile of the time from a cause to the bytes of the frame, on a 200×50 screen with a full log, in ms. */
export interface Redraws {
  /** After a key. */
  readonly key: number;
  /** After a new message. */
  readonly line: number;
  /** After scrolling a page. */
  readonly page: number;
  /** After a change of the window's size. */
  readonly size: number;
}

/** The settings of a run: its frames, and how often each is measured. */
const CAUSES: readonly (readonly [cause: keyof Redraws, times: number])[] = [
  ["key", 2000],
  ["line", 2000],
  ["page", 60], // up to the top of the log
  ["size", 200],
];

/**
 * Measures each frame in several runs of the same series, and takes its least time: on a busy machine other programs
 * interrupt a frame in some of the runs, but seldom in all.
 */
export function redraws(runs = 1): Redraws {
  const all = Array.from(
    { length: runs },
    () => new Map(CAUSES.map(([cause, times]) => [cause, series(cause, times)])),
  );
  const p99 = (cause: keyof Redraws): number => {
    const [first = [], ...others] = all.map((run) => run.get(cause) ?? []);
    const least = first.map((took, i) => Math.min(took, ...others.map((run) => run[i] ?? took)));
    return quantile(least, 0.99);
  };
  return { key: p99("key"), line: p99("line"), page: p99("page"), size: p99("size") };
}

/** The time of each frame of a series, in ms. */
function series(cause: keyof Redraws, times: number): readonly number[] {
  const fixture = new ScreenFixture();
  const say = (i: number): void => {
    const text = Array.from({ length: 5 + (i % 60) }, (_, k) => WORDS[(i + k) % WORDS.length]).join(" ");
    fixture.server(`@msgid=m${i};time=2020-01-02T03:04:05.000Z :bob${i % 7}!b@h PRIVMSG #lobby :${text}`);
  };
  for (let i = 0; i < LOG; i++) say(i);
  fixture.size = FULL;
  const painter = new Painter();
  painter.draw(frame(fixture.scene, FULL).rows, THEMES.dark);
  const acts: Readonly<Record<keyof Redraws, (i: number) => void>> = {
    key: (i) => fixture.keys(i % 50 === 49 ? "\x15" : "x"),
    line: (i) => say(LOG + i),
    page: () => fixture.scroll(FULL.rows - 5),
    size: (i) => {
      painter.reset();
      fixture.size = i % 2 === 0 ? SMALLER : FULL;
    },
  };
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    acts[cause](i);
    painter.draw(frame(fixture.scene, fixture.size).rows, THEMES.dark);
    took.push(performance.now() - began);
  }
  return took;
}
