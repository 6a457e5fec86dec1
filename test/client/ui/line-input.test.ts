import { expect, test } from "bun:test";
import { clientScreens } from "../../support/client/client-screens.ts";
import type { Peer } from "../../support/client/scripted-server.ts";
import type { Screen } from "../../support/client/terminal.ts";

const { started, open } = clientScreens();

/** A line-based server that is not IRC. */
async function talking(columns = 40): Promise<[Screen, Peer]> {
  const server = started(() => {});
  const screen = open(server.port, columns, ["raw"]);
  await screen.row("> |");
  const [peer] = server.peers;
  if (peer === undefined) throw new Error("nobody has connected");
  return [screen, peer];
}

test("an unterminated paste ends with Ctrl-C", async () => {
  const server = started(() => {});
  const screen = open(server.port, 40, ["raw"]);
  await screen.row("> |");
  screen.type("\x1b[200~pasted");
  await screen.row("> pasted|");
  screen.type("\x03");
  await screen.row("> |");
  screen.type("typed\r");
  await server.heard("typed");
});

test("an unterminated paste ends when nothing more arrives", async () => {
  const server = started(() => {});
  const screen = open(server.port, 40, ["raw"], { ENTRY_PASTE_WAIT: "1" });
  await screen.row("> |");
  screen.type("\x1b[200~pasted");
  await screen.row("> pasted|");
  // Until the paste ends, Enter is part of it.
  while (server.peers[0]?.heard.length === 0) {
    screen.type("\r");
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(server.peers[0]?.heard[0]).toBe("pasted");
});

test("incoming lines are printed above the line being typed, which stays intact", async () => {
  const [screen, peer] = await talking();
  screen.type("half a li");
  await screen.row("> half a li|");
  peer.say("one", "\x1b[2Jtwo\x07");
  await screen.row("two");
  screen.type("ne\r");
  expect((await screen.row("> half a line")).slice(1)).toEqual(["one", "two", "> half a line", "> |"]);
});

test("a line wider than the terminal scrolls sideways on its row, wide characters included", async () => {
  const [screen, peer] = await talking(20);
  screen.type("漢字漢字漢字漢字漢字👩‍👩‍👧xy");
  await screen.until((rows) => rows.at(-1)?.endsWith("xy|") === true);
  peer.say("hi");
  const rows = await screen.row("hi");
  expect(rows.filter((row) => row.startsWith("> ")).length).toBe(1);
  expect(rows.at(-1)).toEndWith("xy|");
  screen.type("\x01");
  await screen.until((seen) => seen.at(-1)?.startsWith("> |漢字") === true);
});

test("an endless line is shown piece by piece, and not kept", async () => {
  const [screen, peer] = await talking();
  // Faster than the wait for the rest of a line, so it would never be shown.
  const pouring = setInterval(() => peer.socket.write("x".repeat(2000)), 5);
  await screen.until((rows) => rows.some((row) => row === "x".repeat(40)));
  clearInterval(pouring);
});

test("a terminal that becomes narrower and wider again keeps the line", async () => {
  const [screen, peer] = await talking(40);
  screen.type("a line of thirty-odd characters");
  await screen.row("> a line of thirty-odd characters|");
  screen.resize(20, 12);
  await screen.until((rows) => rows.at(-1)?.endsWith("characters|") === true && (rows.at(-1)?.length ?? 99) <= 20);
  screen.resize(60, 12);
  await screen.until((rows) => rows.at(-1) === "> a line of thirty-odd characters|");
  peer.say("hi");
  await screen.row("hi");
  expect(screen.rows().at(-1)).toBe("> a line of thirty-odd characters|");
});

test("Ctrl-C empties the line, quits on an empty line, and the terminal is restored", async () => {
  const [screen] = await talking();
  screen.type("oops");
  await screen.row("> oops|");
  screen.type("\x03");
  await screen.row("> |");
  screen.type("\x03");
  expect(await screen.program.exited).toBe(0);
  await screen.until(() => screen.written.includes("\x1b[?2004l"));
  expect(screen.written.lastIndexOf("\x1b[?2004l")).toBeGreaterThan(screen.written.lastIndexOf("\x1b[?2004h"));
});

test("raw mode on a terminal has a prompt, with filtered lines above it", async () => {
  const server = started((line, peer) => void peer.socket.write(`Received: ${line}\x1b[2J`));
  const screen = open(server.port, 60, ["raw"]);
  await screen.row("> |");
  screen.type("hello\r");
  await screen.row("Received: hello");
  expect(screen.rows()).toEqual([`Connected to 127.0.0.1:${server.port}`, "> hello", "Received: hello", "> |"]);
  screen.type("\x04");
  expect(await screen.program.exited).toBe(0);
});
