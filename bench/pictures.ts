/**
 * Makes the pictures in `docs/` from the real program: the terminal client on a pseudo-terminal, and the page in headless
 * Chromium, on a desktop and on a phone. `bun run pictures` writes them.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IBufferCell, Terminal } from "@xterm/headless";
import { Browser, CHROMIUM, type Tab } from "../test/support/chromium.ts";
import { Screen } from "../test/support/client/terminal.ts";
import { WireClient } from "../test/support/socket.ts";
import { build, Server, scratch } from "./test-server.ts";

const FOLDER = join(import.meta.dir, "..", "docs");
const [COLUMNS, ROWS] = [120, 19];
const CELL = { width: 8.4, height: 18 }; // of 14 px monospace
const BORDER = 14;
const BACKGROUND = "#14171c";
const FOREGROUND = "#d7dce2";
/** The 16 colours of the terminal. */
const COLOURS =
  "#14171c #e06c75 #98c379 #e5c07b #61afef #c678dd #56b6c2 #d7dce2 #7f8894 #ff7a85 #b5e890 #ffd68a #82c4ff #e29bf5 #7fd6e2 #ffffff".split(
    " ",
  );
const LEVELS = [0, 95, 135, 175, 215, 255]; // of the colour cube in the 256 colours

function colour(value: number, isPalette: boolean): string {
  const hex = (...parts: number[]) => `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  if (!isPalette) return hex(value >> 16, (value >> 8) & 255, value & 255);
  const named = COLOURS[value];
  if (named !== undefined) return named;
  if (value >= 232) return hex(...new Array(3).fill(8 + 10 * (value - 232)));
  const cube = value - 16;
  return hex(...[cube / 36, (cube / 6) % 6, cube % 6].map((level) => LEVELS[Math.floor(level)] ?? 0));
}

interface Look {
  readonly fg: string;
  readonly bg: string;
  readonly attributes: string;
}

function lookOf(cell: IBufferCell): Look {
  const front = cell.isFgDefault() ? FOREGROUND : colour(cell.getFgColor(), cell.isFgPalette());
  const back = cell.isBgDefault() ? BACKGROUND : colour(cell.getBgColor(), cell.isBgPalette());
  const [fg, bg] = cell.isInverse() ? [back, front] : [front, back];
  const attributes = [
    cell.isBold() ? ' font-weight="bold"' : "",
    cell.isDim() ? ' opacity="0.6"' : "",
    cell.isUnderline() ? ' text-decoration="underline"' : "",
    cell.isItalic() ? ' font-style="italic"' : "",
  ];
  return { fg, bg, attributes: attributes.join("") };
}

const escaped = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The screen of a terminal as SVG: each piece of text of one look is placed and stretched to the cells that it takes. */
function drawing(terminal: Terminal): string {
  const { active } = terminal.buffer;
  const [width, height] = [COLUMNS * CELL.width + 2 * BORDER, ROWS * CELL.height + 2 * BORDER];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">`,
    `\n<title>The terminal client of tcpchat</title>`,
    `\n<rect width="${width}" height="${height}" rx="10" fill="${BACKGROUND}"/>`,
  ];
  for (let y = 0; y < ROWS; y++) {
    const line = active.getLine(active.baseY + y);
    const cells: { text: string; look: Look; at: number; columns: number }[] = [];
    for (let x = 0; x < COLUMNS; x++) {
      const cell = line?.getCell(x);
      if (!cell || cell.getWidth() === 0) continue;
      const isCursor = x === active.cursorX && y === active.cursorY;
      const plain = lookOf(cell);
      const look = isCursor ? { ...plain, fg: plain.bg, bg: plain.fg } : plain;
      const text = cell.getChars() || " ";
      const last = cells.at(-1);
      const isNarrow = cell.getWidth() === 1 && last !== undefined && last.columns === last.text.length;
      if (last && isNarrow && JSON.stringify(last.look) === JSON.stringify(look)) {
        last.text += text;
        last.columns++;
      } else cells.push({ text, look, at: x, columns: cell.getWidth() });
    }
    for (const { text, look, at, columns } of cells) {
      const [left, top, wide] = [BORDER + at * CELL.width, BORDER + y * CELL.height, columns * CELL.width];
      const place = (value: number) => String(Math.round(value * 10) / 10);
      if (look.bg !== BACKGROUND)
        parts.push(
          `\n<rect x="${place(left)}" y="${top}" width="${place(wide)}" height="${CELL.height}" fill="${look.bg}"/>`,
        );
      // Words apart from each other: not every viewer keeps blanks.
      for (const { 0: word, index } of text.matchAll(/\S+/g)) {
        const isWhole = word.length === text.length;
        const width = place((isWhole ? columns : word.length) * CELL.width);
        parts.push(
          `\n<text x="${place(left + index * CELL.width)}" y="${top + 14}" textLength="${width}"`,
          ` lengthAdjust="spacingAndGlyphs" fill="${look.fg}"${look.attributes}>${escaped(word)}</text>`,
        );
      }
    }
  }
  return `${parts.join("")}\n</svg>\n`;
}

/** A person who talks with nc. */
async function person(port: number, nick: string, ...lines: readonly string[]): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`/nick ${nick}\n`);
  await wire.until(new RegExp(`You are ${nick} now`));
  for (const line of lines) await say(wire, line);
  return wire;
}

/** Types lines, and waits until the server has taken them. */
async function say(wire: WireClient, ...lines: readonly string[]): Promise<void> {
  wire.send([...lines, "/ignored", ""].join("\n"));
  await wire.until(/ignore/);
}

async function shoot(tab: Tab, name: string, width: number, height: number): Promise<void> {
  const isPhone = width < 600;
  await tab.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 2, mobile: isPhone });
  await tab.holds("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))");
  writeFileSync(join(FOLDER, name), await tab.screenshot());
}

const folder = scratch();
const program = await build(folder);
const server = await Server.start(program, join(folder, "data"));
const carl = await person(server.port, "carl");
await say(carl, "/join build", "/topic what the build says");
const bob = await person(server.port, "bob", "/join build", "/join lobby", "good morning");
await say(carl, "/join lobby", "morning! the new version is out: https://ci.example.org/812");
await say(bob, "/react 🎉 carl", "/me updates the test server");
const dora = await person(server.port, "dora", "/join build", "/join lobby", "hi all, I am on the train today");

const address = `127.0.0.1:${server.port}`;
const client = [program, "client", address, "--nick", "ann", "--guest", "--room", "#lobby", "--room", "#build"];
const run = () => new Screen(client, COLUMNS, ROWS, { COLORTERM: "truecolor", HOME: folder, LANG: "C.UTF-8" });
const first = run(); // the first visit, which is greeted
await first.until((rows) => rows.some((row) => row.includes("on the train")));
first.type("\x04");
await first.program.exited;
const screen = run();
const shows = (text: string) => screen.until((rows) => rows.some((row) => row.includes(text)));
await shows("on the train");
await shows("dora");
await say(bob, "/join build", "build 813: 1,204 tests passed", "ann: you may deploy it", "/join lobby");
await say(bob, "ann: how long does the deploy take?");
screen.type("about five minutes\r");
await shows("ann │ about five");
await say(carl, "/reply ann with the cache it is two now", "/react 👍 bob");
await shows("it is two now");
await say(dora, "great, 고마워요 👋");
await shows("고마워요");
screen.type("see you at lunch");
await shows("> see you at lunch");
writeFileSync(join(FOLDER, "terminal.svg"), drawing(screen.terminal));

if (CHROMIUM) {
  await using browser = await Browser.start();
  const tab = await browser.open(`http://${address}/?nick=eve`);
  await tab.sees(/고마워요/);
  await tab.value("document.querySelector('textarea').focus()");
  await tab.type("/join build");
  await tab.press("Enter");
  await tab.sees(/1,204 tests/);
  await tab.click(".rooms button");
  await tab.sees(/고마워요/);
  await say(bob, "eve: welcome!");
  await tab.sees(/welcome!/);
  await shoot(tab, "browser.png", 1000, 600);
  await shoot(tab, "phone.png", 390, 700);
} else console.log("chromium is missing: docs/browser.png and docs/phone.png are as they were.");

screen.program.kill();
for (const wire of [bob, carl, dora]) wire.close();
server.process.kill();
process.exit(0);
