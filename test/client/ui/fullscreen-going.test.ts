import { expect, test } from "bun:test";
import { clientScreens } from "../../support/client/client-screens.ts";
import type { Screen } from "../../support/client/terminal.ts";

const { started, open } = clientScreens();

/** Opens ann's screen, in #lobby and in this many more rooms: #r2, #r3, and so on. */
async function inRooms(more: number, columns = 80): Promise<Screen> {
  const screen = open(started().port, columns, [], {}, 16);
  await screen.sees("In #lobby: ann");
  for (let i = 2; i < more + 2; i++) {
    screen.type(`/join r${i}\r`);
    await screen.sees(`In #r${i}: ann`);
  }
  return screen;
}

/** Resolves when this room is on the page. */
function isIn(screen: Screen, room: string): Promise<readonly string[]> {
  return screen.until(([title = ""]) => title === ` ${room}` || title.startsWith(` ${room} `));
}

test("Ctrl-K lists places; letters of a name and Enter go there; Esc closes the list and keeps the line", async () => {
  const screen = await inRooms(2);
  screen.type("half a line\x0b");
  await isIn(screen, "Go to");
  screen.type("lob");
  await screen.until((rows) => rows[1]?.startsWith(" #lobby") === true);
  screen.type("\x1b");
  const rows = await isIn(screen, "#r3");
  expect(rows.at(-1)).toBe("> half a line|");
  screen.type("\x0blob\r");
  await isIn(screen, "#lobby");
});

test("the list takes a command into the line", async () => {
  const screen = await inRooms(0);
  screen.type("\x0b/quo\r");
  await screen.sees("> /quote |");
  screen.type("\x15");
});

test("with text after the cursor, Ctrl-K cuts it", async () => {
  const screen = await inRooms(0);
  screen.type("one two\x01\x1bf\x0b");
  const rows = await screen.sees("> one|");
  expect(rows[0]).toStartWith(" #lobby");
});

test("Alt-J goes to any number, Alt-0 to the tenth, Alt-/ to the room before, and /leave to where one was", async () => {
  const screen = await inRooms(11);
  screen.type("\x1bj12");
  await isIn(screen, "#r12");
  screen.type("\x1bj3\r");
  await isIn(screen, "#r3");
  screen.type("\x1b0");
  await isIn(screen, "#r10");
  screen.type("\x1b/");
  await isIn(screen, "#r3");
  screen.type("\x1b/");
  await isIn(screen, "#r10");
  screen.type("\x1bj");
  await screen.sees("Go to number");
  screen.type("\x1b");
  await screen.sees("/help");
  screen.type("/leave\r");
  await isIn(screen, "#r3");
});

test("/help is a list with a filter, over the page until Esc closes it", async () => {
  const screen = await inRooms(0);
  screen.type("/help\r");
  await isIn(screen, "Help");
  screen.type("direct message");
  await screen.sees("? direct message|");
  await screen.sees(" /msg NICK [TEXT]");
  screen.type("\r");
  const rows = await isIn(screen, "#lobby");
  expect(rows.at(-1)).toBe("> /msg |");
  screen.type("\x15/keys\r");
  await isIn(screen, "Keys");
  screen.type("scroll");
  await screen.sees(" PgUp PgDn, wheel");
  screen.type("\x1b");
  await isIn(screen, "#lobby");
});

test("the list works on the smallest terminal", async () => {
  const screen = await inRooms(1);
  screen.resize(12, 3);
  screen.type("\x0blob");
  await screen.sees("? lob|");
  screen.type("\r");
  screen.resize(40, 10);
  await isIn(screen, "#lobby");
});

test("a click on the list goes there; a click elsewhere leaves the mouse to the terminal until the next key", async () => {
  const screen = await inRooms(1, 100);
  screen.type("\x1b[<0;3;2M\x1b[<0;3;2m");
  await isIn(screen, "#lobby");
  screen.type("\x1b[<0;40;5M");
  await screen.sees("The mouse now selects text");
  expect(screen.written.lastIndexOf("\x1b[?1000l")).toBeGreaterThan(screen.written.lastIndexOf("\x1b[?1000h"));
  screen.type("x");
  await screen.sees("> x|");
  expect(screen.written.lastIndexOf("\x1b[?1000h")).toBeGreaterThan(screen.written.lastIndexOf("\x1b[?1000l"));
});

test("/move orders the list, and /hide takes a room off it until something is said there", async () => {
  const server = started();
  const screen = open(server.port, 100, [], {}, 16);
  await screen.sees("In #lobby: ann");
  screen.type("/join r2\r");
  await screen.sees("In #r2: ann");
  screen.type("/move 1\r");
  await screen.until((rows) => rows[1]?.startsWith("1 #r2") === true && rows[2]?.startsWith("2 #lobby") === true);
  screen.type("/hide\r");
  await screen.until((rows) => rows[1]?.startsWith("1 #lobby") === true && rows[2]?.startsWith("2 server") === true);
  server.peers.at(-1)?.say(":bob!b@h PRIVMSG #r2 :hi");
  await screen.until((rows) => /^1 #r2 +1│/.test(rows[1] ?? ""));
});

test("a room of level none is not counted and rings no bell; with all, every message does", async () => {
  const server = started();
  const screen = open(server.port, 100, [], {}, 16);
  await screen.sees("In #lobby: ann");
  const say = (text: string) => server.peers.at(-1)?.say(`:bob!b@h PRIVMSG #lobby :${text}`);
  screen.type("/notify none\r");
  await screen.sees("Nothing here notifies you");
  screen.type("/join r2\r");
  await screen.sees("In #r2: ann");
  say("ann: look");
  server.peers.at(-1)?.say(":bob!b@h PRIVMSG #r2 :after");
  await screen.sees("bob │ after");
  expect(screen.rows()[1]).toMatch(/^1 #lobby +muted│/);
  expect(screen.written).not.toContain("\x07");
  screen.type("\x1b1/notify all\r");
  await screen.sees("Every message here notifies you");
  say("nothing special");
  await screen.until(() => screen.written.includes("\x07"));
});

test("Alt-S and Alt-N show and hide the lists; Alt-L shows messages alone until Alt-L, Esc or typing", async () => {
  const screen = await inRooms(0);
  screen.type("\x1bs");
  await screen.until((rows) => rows[1]?.startsWith("1 #lobby") === true);
  screen.type("\x1bn");
  await screen.until((rows) => rows[1]?.endsWith("│ ann") === true);
  screen.type("\x1bs\x1bn");
  await screen.until((rows) => rows[1] === "");
  screen.type("hello\r");
  await screen.sees("ann │ hello");
  for (const back of ["\x1bl", "\x1b"]) {
    screen.type("\x1bl");
    await screen.until((rows) => /^\d\d:\d\d <ann> hello/.test(rows.at(-1) ?? "") && !rows.join("").includes("│"));
    screen.type(back);
    await isIn(screen, "#lobby");
  }
  screen.type("\x1bl");
  await screen.until((rows) => !rows.join("").includes("│"));
  screen.type("x");
  await screen.sees("> x|");
});

test("/copy puts messages into the terminal's clipboard, and names them", async () => {
  const screen = await inRooms(0);
  screen.type("/copy\r");
  await screen.sees("There is no message here to copy.");
  screen.type("one 漢\r");
  await screen.until((rows) => rows.some((row) => row.endsWith("ann │ one 漢"))); // confirmed: nothing is said after it
  screen.type("/copy\r");
  await screen.sees("Copied 1 message (7 bytes) to the clipboard");
  expect(screen.written).toContain(`\x1b]52;c;${Buffer.from("one 漢").toString("base64")}\x1b\\`);
});

test("the first visit of a server shows three lines; input is kept for the next run, without passwords", async () => {
  const server = started();
  const first = open(server.port, 100, [], {}, 16);
  await first.sees("and Enter says it in #lobby");
  await first.sees("/register makes the name ann yours.");
  await first.sees("/help tells what else there is");
  for (const line of [
    "remember this",
    "/regster hunter2",
    "/ login ann hunter2",
    "/zzz hunter2",
    "/msg NickServ IDENTIFY hunter2",
  ])
    first.type(`${line}\r`);
  await first.sees("There is no /zzz");
  first.type("/quit\r");
  expect(await first.program.exited).toBe(0);
  const again = open(server.port, 100, [], {}, 16);
  await again.sees("In #lobby: ann");
  again.type("\x12remem");
  await again.sees("(search ‘remem’) |remember this");
  again.type("\x07\x12hunter");
  await again.sees("(search ‘hunter’) |");
  expect(again.rows().join("\n")).not.toContain("and Enter says it");
});
