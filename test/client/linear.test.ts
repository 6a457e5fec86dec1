import { afterEach, expect, test } from "bun:test";
import { Screen } from "./screen.ts";
import { irc, type Peer, type Served, serve } from "./scripted.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

function started(answer = irc()): Served {
  const server = serve(answer);
  cleanups.push(() => server.stop());
  return server;
}

function open(port: number, columns = 40, flags: string[] = [], env: Record<string, string> = {}): Screen {
  const entry = `${import.meta.dir}/entry.ts`;
  const screen = new Screen([process.execPath, entry, "127.0.0.1", String(port), "ann", ...flags], columns, 12, env);
  cleanups.push(() => screen.program.kill());
  return screen;
}

async function inRoom(server: Served, columns = 40, env: Record<string, string> = {}): Promise<[Screen, Peer]> {
  const screen = open(server.port, columns, [], env);
  await screen.row("-- In #lobby: ann");
  const [peer] = server.peers;
  if (peer === undefined) throw new Error("nobody has connected");
  return [screen, peer];
}

function untimed(rows: readonly string[]): string[] {
  return rows.map((row) => row.replace(/^\[\d\d:\d\d\] /, ""));
}

test("what arrives is printed above the line being typed, which stays whole", async () => {
  const server = started();
  const [screen, peer] = await inRoom(server);
  screen.type("half a li");
  await screen.row("> half a li|");
  peer.say(":bob!b@h PRIVMSG #lobby :one", ":bob!b@h PRIVMSG #lobby :\x1b[2Jtwo\x07");
  await screen.row("<bob> [2Jtwo");
  screen.type("ne\r");
  expect(untimed(await screen.row("<ann> half a line"))).toEqual([
    `Connected to 127.0.0.1:${server.port}`,
    "-- ann joined #lobby",
    "-- In #lobby: ann",
    "<bob> one",
    "<bob> [2Jtwo",
    "<ann> half a line",
    "> |",
  ]);
});

test("a line wider than the terminal moves sideways on its one row, wide characters and all", async () => {
  const [screen, peer] = await inRoom(started(), 20);
  screen.type("漢字漢字漢字漢字漢字👩‍👩‍👧xy");
  await screen.until((rows) => rows.at(-1)?.endsWith("xy|") === true);
  peer.say(":bob!b@h PRIVMSG #lobby :hi");
  const rows = await screen.row("<bob> hi");
  expect(rows.filter((row) => row.startsWith("> ")).length).toBe(1);
  expect(rows.at(-1)).toEndWith("xy|");
  screen.type("\x01");
  await screen.until((seen) => seen.at(-1)?.startsWith("> |漢字") === true);
});

test("a terminal that becomes narrower and wider again keeps the line", async () => {
  const [screen, peer] = await inRoom(started(), 40);
  screen.type("a line of thirty-odd characters");
  await screen.row("> a line of thirty-odd characters|");
  screen.resize(20, 12);
  await screen.until((rows) => rows.at(-1)?.endsWith("characters|") === true && (rows.at(-1)?.length ?? 99) <= 20);
  screen.resize(60, 12);
  await screen.until((rows) => rows.at(-1) === "> a line of thirty-odd characters|");
  peer.say(":bob!b@h PRIVMSG #lobby :hi");
  await screen.row("<bob> hi");
  expect(screen.rows().at(-1)).toBe("> a line of thirty-odd characters|");
});

test("a paste of several lines is text: entered, each line is said, and none is a command", async () => {
  const server = started();
  const [screen] = await inRoom(server);
  screen.type("\x1b[200~/quit\nhi\x1b[201~");
  await screen.row("> /quit⏎hi|");
  screen.type("\r");
  expect(untimed(await screen.row("<ann> hi"))).toContain("<ann> /quit");
});

test("Ctrl-C empties the line, on an empty line it quits, and the terminal is given back", async () => {
  const server = started();
  const [screen] = await inRoom(server);
  screen.type("oops");
  await screen.row("> oops|");
  screen.type("\x03");
  await screen.row("> |");
  screen.type("\x03");
  expect(await screen.program.exited).toBe(0);
  expect(server.peers[0]?.heard.at(-1)).toBe("QUIT");
  expect(screen.written.lastIndexOf("\x1b[?2004l")).toBeGreaterThan(screen.written.lastIndexOf("\x1b[?2004h"));
});

test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
  "%s tells the server, gives the terminal back, exits 0",
  async (name) => {
    const server = started();
    const [screen] = await inRoom(server);
    screen.program.kill(name);
    expect(await screen.program.exited).toBe(0);
    expect(server.peers[0]?.heard.at(-1)).toBe("QUIT");
    expect(screen.written).toContain("\x1b[?2004l");
  },
);

test("a lost server is told of above the line, and typing goes on until it is back", async () => {
  const server = started();
  const [screen, peer] = await inRoom(server, 80);
  screen.type("still ty");
  await screen.row("> still ty|");
  peer.socket.terminate();
  screen.type("ping");
  await screen.row(`-- Connected to 127.0.0.1:${server.port} again.`);
  await screen.row("> still typing|");
  screen.type("\r");
  await screen.row("<ann> still typing");
});

test("colours unless NO_COLOR", async () => {
  const [colourful] = await inRoom(started());
  expect(colourful.written).toContain("\x1b[2m-- ann joined #lobby\x1b[0m");
  const [plain] = await inRoom(started(), 40, { NO_COLOR: "1" });
  expect(plain.written).toMatch(/\x1b\[J-- ann joined #lobby\r+\n/);
});

test.each<[string, string[], Record<string, string>]>([
  ["--linear", ["linear"], { NO_COLOR: "1" }],
  ["TERM=dumb", [], { TERM: "dumb" }],
])("with %s nothing but lines is ever written", async (_, flags, env) => {
  const server = started();
  const screen = open(server.port, 40, flags, env);
  await screen.row("-- In #lobby: ann");
  screen.type("hi\n");
  await screen.row("<ann> hi");
  screen.type("\x04");
  expect(await screen.program.exited).toBe(0);
  expect(screen.written).not.toContain("\x1b");
});

test("raw on a terminal: a prompt, what arrives above it, and nothing that a terminal would obey", async () => {
  const server = started((line, peer) => void peer.socket.write(`Received: ${line}\x1b[2J`));
  const screen = open(server.port, 60, ["raw"]);
  await screen.row("> |");
  screen.type("hello\r");
  await screen.row("Received: hello[2J");
  expect(screen.rows()).toEqual([`Connected to 127.0.0.1:${server.port}`, "> hello", "Received: hello[2J", "> |"]);
  screen.type("\x04");
  expect(await screen.program.exited).toBe(0);
});
