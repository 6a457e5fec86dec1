/** How long a frame takes on a screen of 200×50 with a full log: `bun bench/redraw.ts`. */
import { Painter } from "../src/client/painter.ts";
import { frame } from "../src/client/screen.ts";
import { THEMES } from "../src/client/theme.ts";
import { Stage } from "../test/client/stage.ts";

const SIZE = { columns: 200, rows: 50 };
const WORDS = "the quick 漢字 fox https://example.org/x jumps 👩‍👩‍👧 over the lazy dog again and again ".split(" ");

const stage = new Stage();
const say = (i: number): void => {
  const text = Array.from({ length: 5 + (i % 60) }, (_, k) => WORDS[(i + k) % WORDS.length]).join(" ");
  stage.server(`@msgid=m${i};time=2020-01-02T03:04:05.000Z :bob${i % 7}!b@h PRIVMSG #lobby :${text}`);
};
for (let i = 0; i < 2000; i++) say(i);

function measure(name: string, times: number, act: (i: number) => void): void {
  const took: number[] = [];
  const painter = new Painter();
  for (let i = 0; i < times; i++) {
    act(i);
    const began = performance.now();
    painter.draw(frame(stage.scene, SIZE).rows, THEMES.dark);
    took.push(performance.now() - began);
  }
  took.sort((a, b) => a - b);
  const at = (part: number): string => (took[Math.floor(took.length * part)] ?? 0).toFixed(3);
  process.stdout.write(
    `${name.padEnd(28)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${took.at(-1)?.toFixed(3)} ms\n`,
  );
}

measure("a key is typed", 2000, (i) => stage.keys(i % 50 === 49 ? "\x15" : "x"));
measure("a line is said", 2000, (i) => say(2000 + i));
measure("the page is turned", 400, () => stage.scroll(20));
measure("the window is resized", 200, (i) => {
  stage.view = { ...stage.view, unfolded: i % 2 === 0, anchor: undefined };
});
