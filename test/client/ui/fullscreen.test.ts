import { expect, test } from "bun:test";
import { clientScreens } from "../../support/client/client-screens.ts";
import { irc, type Peer, type Served } from "../../support/client/scripted-server.ts";
import type { Screen } from "../../support/client/terminal.ts";
import { eventually } from "../../support/patience.ts";

const { started, open } = clientScreens();

async function inRoom(server: Served, columns = 80, rows = 12, env: Record<string, string> = {}): Promise<Inside> {
  const screen = open(server.port, columns, [], env, rows);
  await screen.sees("In #lobby: ann");
  const peer = server.peers.at(-1);
  if (peer === undefined) throw new Error("nobody has connected");
  return { screen, peer };
}

interface Inside {
  readonly screen: Screen;
  readonly peer: Peer;
}

test("incoming lines are shown above the input line, which stays intact", async () => {
  const { screen, peer } = await inRoom(started());
  screen.type("half a li");
  await screen.sees("> half a li|");
  peer.say(":bob!b@h PRIVMSG #lobby :one", ":bob!b@h PRIVMSG #lobby :\x1b[2Jtwo\x07");
  await screen.sees("bob │ two");
  screen.type("ne\r");
  const rows = await screen.sees("ann │ half a line");
  expect(rows.at(-1)).toBe("> |");
  expect(rows[0]).toStartWith(" #lobby");
});

test("characters that the terminal measures differently disturb no other row", async () => {
  const { screen, peer } = await inRoom(started(), 100);
  peer.say(":bob!b@h PRIVMSG #lobby :👩‍👩‍👧👩‍👩‍👧 漢字 שלום e\u0301 end", ":bob!b@h PRIVMSG #lobby :after");
  await screen.sees("bob │ after");
  const rows = await screen.sees("end");
  for (const row of rows.slice(1, -2)) expect(row.slice(0, 18)).toMatch(/│ ?|^ *$/);
  screen.type("漢字👩‍👩‍👧x\x1b[D\x1b[D");
  await screen.until((seen) => seen.at(-1)?.startsWith("> 漢字|") === true);
});

test("while suspended by Ctrl-Z nothing is drawn, so the shell's screen stays intact", async () => {
  const { screen } = await inRoom(started());
  const [off, on] = ["\x1b[?1049l", "\x1b[?1049h"];
  screen.type("typed\x1a");
  const state = () => Bun.$`ps -o stat= -p ${screen.program.pid}`.text();
  await eventually(async () => (await state()).startsWith("T"));
  screen.program.kill("SIGCONT");
  await screen.sees("> typed|");
  expect(screen.written.split(off)[1]?.split(on)[0]).toBe("");
});

test("the terminal can be resized at any time, from very small to large", async () => {
  const { screen, peer } = await inRoom(started());
  for (const [columns, rows] of [
    [10, 3],
    [300, 100],
    [1, 1],
    [64, 8],
  ] as const) {
    screen.resize(columns, rows);
    peer.say(`:bob!b@h PRIVMSG #lobby :x${columns}`);
    if (columns > 5) await screen.sees(`x${columns}`);
  }
});

test("unread rooms are counted, Alt-2 goes there and finds the unread line, and each room has its draft", async () => {
  const { screen, peer } = await inRoom(started());
  screen.type("/join dev\r");
  await screen.sees("In #dev: ann");
  screen.type("for dev");
  await screen.sees("> for dev|");
  peer.say(":bob!b@h PRIVMSG #lobby :hi", ":bob!b@h PRIVMSG #lobby :ann: look");
  await screen.sees("2!");
  screen.type("\x1b1");
  const rows = await screen.sees("─ new ─");
  expect(rows.at(-1)).toBe("> |");
  expect(screen.written).toContain("\x07");
  expect(screen.written).toContain("\x1b]9;bob in #lobby: ann: look");
  screen.type("\x1b2");
  await screen.sees("> for dev|");
});

test("a paste is text: one line is no command, five lines need a confirmation", async () => {
  const server = started();
  const { screen, peer } = await inRoom(server);
  screen.type("\x1b[200~/quit\x1b[201~");
  await screen.sees("> //quit|");
  screen.type("\r");
  await screen.sees("ann │ /quit");
  screen.type("\x1b[200~a\nb\nc\nd\ne\x1b[201~\r");
  await screen.sees("Send these 5 lines as one message?");
  expect(peer.heard).not.toContain("PRIVMSG #lobby a");
  screen.type("\r");
  await screen.sees("ann │ e");
});

test("Tab completes, and Ctrl-R searches earlier input", async () => {
  const { screen, peer } = await inRoom(started());
  peer.say(":boris!b@h JOIN #lobby", ":bob!b@h JOIN #lobby", ":bob!b@h PRIVMSG #lobby :hi");
  await screen.sees("bob │ hi");
  screen.type("bo\t");
  await screen.sees("> bob: |");
  await screen.sees(" bob  boris ");
  screen.type("\t");
  await screen.sees("> boris: |");
  screen.type("you\r/he\t");
  await screen.sees("> /help |");
  screen.type("\x15\x12ris");
  await screen.sees("(search ‘ris’) bo|ris: you");
  screen.type("\x07");
  await screen.sees("> |");
  screen.type("draft\x12ris");
  await screen.sees("(search ‘ris’) bo|ris: you");
  screen.type("\x1b");
  await screen.sees("> draft|");
});

test("without a connection a bar is shown, typing works, and waiting messages are sent after the reconnect", async () => {
  let isUp = true;
  const answer = irc();
  const server = started((line, peer) => (isUp ? answer(line, peer) : void peer.socket.terminate()));
  const { screen, peer } = await inRoom(server, 100);
  isUp = false;
  peer.socket.terminate();
  await screen.sees("Not connected");
  screen.type("later\r");
  await screen.sees("later (waiting)");
  await screen.sees("1 message waits");
  isUp = true;
  screen.type("\x1bc");
  await screen.until((rows) => rows.some((row) => row.endsWith("ann │ later")));
});

test("Ctrl-C on an empty line asks for confirmation, and the terminal is restored", async () => {
  const server = started();
  const { screen } = await inRoom(server);
  screen.type("\x03");
  await screen.sees("Ctrl-C again quits");
  screen.type("\x03");
  expect(await screen.program.exited).toBe(0);
  expect(server.peers[0]?.heard.at(-1)).toBe("QUIT");
  await screen.until(() => screen.written.includes("\x1b[?1049l"));
  for (const mode of ["1049", "2004", "1000", "1006"]) {
    expect(screen.written.lastIndexOf(`\x1b[?${mode}l`)).toBeGreaterThan(screen.written.lastIndexOf(`\x1b[?${mode}h`));
  }
});

test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
  "%s tells the server, gives the terminal back, exits 0",
  async (name) => {
    const server = started();
    const { screen } = await inRoom(server);
    screen.program.kill(name);
    expect(await screen.program.exited).toBe(0);
    expect(server.peers[0]?.heard.at(-1)).toBe("QUIT");
    await screen.until(() => screen.written.includes("\x1b[?1049l"));
  },
);

test("NO_COLOR turns colours off", async () => {
  const { screen } = await inRoom(started(), 80, 12, { NO_COLOR: "1" });
  expect(screen.written).not.toMatch(/\x1b\[[0-9;]*[349][0-7]m/);
});
