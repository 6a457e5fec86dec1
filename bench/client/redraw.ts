import { frame } from "../../src/client/ui/screen.ts";
import { Painter } from "../../src/client/ui/terminal.ts";
import { THEMES } from "../../src/client/ui/theme.ts";
import { ScreenFixture } from "../../test/support/client/screen-fixture.ts";
import { quantile } from "../test-server.ts";

const SIZE = { columns: 200, rows: 50 };
const WORDS = "the quick 漢字 fox https://example.org/x jumps 👩‍👩‍👧 over the lazy dog again and again ".split(" ");

/** The 99th percentile of the time for a frame on a 200×50 screen with a full log, by cause, in ms. */
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

export function redraws(): Redraws {
  const fixture = new ScreenFixture();
  const say = (i: number): void => {
    const text = Array.from({ length: 5 + (i % 60) }, (_, k) => WORDS[(i + k) % WORDS.length]).join(" ");
    fixture.server(`@msgid=m${i};time=2020-01-02T03:04:05.000Z :bob${i % 7}!b@h PRIVMSG #lobby :${text}`);
  };
  const measure = (times: number, act: (i: number) => void): number => {
    const took: number[] = [];
    const painter = new Painter();
    for (let i = 0; i < times; i++) {
      act(i);
      const began = performance.now();
      painter.draw(frame(fixture.scene, SIZE).rows, THEMES.dark);
      took.push(performance.now() - began);
    }
    return quantile(took, 0.99);
  };
  for (let i = 0; i < 2000; i++) say(i);
  return {
    key: measure(2000, (i) => fixture.keys(i % 50 === 49 ? "\x15" : "x")),
    line: measure(2000, (i) => say(2000 + i)),
    page: measure(400, () => fixture.scroll(20)),
    size: measure(200, (i) => {
      fixture.view = { ...fixture.view, unfolded: i % 2 === 0, anchor: undefined };
    }),
  };
}
