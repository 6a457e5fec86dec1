import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkListen, listenError, startupHints, webAddress } from "../../../src/server/ops/startup.ts";
import { nowhere } from "../../support/binary.ts";

const STARTED = { listen: ["127.0.0.1:9000"], port: 9000, data: undefined, web: { page: true, websocket: true } };

/** The commands shown at the start, without their descriptions. */
function commandsAt(started: Parameters<typeof startupHints>[0]): readonly string[] {
  return startupHints(started).flatMap((line) => /^ {2}(\S.*?) {2,}\S/.exec(line)?.[1] ?? []);
}

test("the addresses shown at the start have a port, and the browser's comes first", () => {
  const keys = { tls: "AB:CD", ssh: "SHA256:xyz" };
  expect(commandsAt({ ...STARTED, listen: ["127.0.0.1:7000"], port: 7000, fingerprints: keys })).toEqual([
    "http://127.0.0.1:7000/",
    "ssh -p 7000 NAME@127.0.0.1",
    "tcpchat client 127.0.0.1:7000",
    "nc 127.0.0.1 7000",
    "/connect 127.0.0.1 7000",
    "/server 127.0.0.1 7000",
    "/server add tcpchat 127.0.0.1/7000 -notls",
  ]);
});

test("protocols that are off are not shown", () => {
  const off = [
    { page: false, websocket: true },
    { page: true, websocket: false },
  ];
  const lines = off.flatMap((web) => startupHints({ ...STARTED, web })).join("\n");
  expect(lines).not.toContain("http");
  expect(lines).not.toContain("ssh");
});

test("the fingerprints of the keys in use are shown, and where the history is kept", () => {
  const lines = startupHints({ ...STARTED, data: "/data", fingerprints: { tls: "AB:CD", ssh: "SHA256:xyz" } });
  expect(lines).toContain("  AB:CD");
  expect(lines).toContain("  SHA256:xyz");
  expect(lines).toContain("History is kept in /data. Ctrl-C stops the server.");
});

test("on the usual port our client needs no address", () => {
  expect(commandsAt(STARTED)).toContain("tcpchat client");
});

test("a server that keeps nothing says so", () => {
  expect(startupHints(STARTED).join("\n")).toContain("Nothing is kept on disk.");
});

test.each([
  [["127.0.0.1:9000"], "127.0.0.1 9000", undefined],
  [["localhost:9000", "unix:/run/chat"], "127.0.0.1 9000", undefined],
  [["[::1]:9000"], "::1 9000", undefined],
  [["fd:3"], "127.0.0.1 9000", undefined],
  [["unix:/run/chat", "127.0.0.1:0"], "127.0.0.1 9000", undefined],
  [["192.0.2.7:9000"], "192.0.2.7 9000", "Other machines can connect in the same way."],
  [["127.0.0.1:9000", "192.0.2.7:9000"], "127.0.0.1 9000", "From another machine: 192.0.2.7 instead of 127.0.0.1."],
  [
    ["127.0.0.1:9000", "192.0.2.7:7000"],
    "127.0.0.1 9000",
    "From another machine: 192.0.2.7 and port 7000 instead of 127.0.0.1 and port 9000.",
  ],
])("%j is reached from here by %s, and from another machine as told by %p", (listen, here, elsewhere) => {
  expect(commandsAt({ ...STARTED, listen })).toContain(`nc ${here}`);
  const other = startupHints({ ...STARTED, listen }).filter((line) => /[oO]ther machine/.test(line));
  expect(other).toEqual(elsewhere === undefined ? [] : [elsewhere]);
});

test("a wide terminal gets a QR code of the page, if another machine can reach it", () => {
  const isSquares = (line: string) => /^ {2}\x1b\[97;40m[ ▀▄█]+\x1b\[0m$/.test(line);
  const codeAt = (listen: string[], columns?: number) =>
    startupHints({ ...STARTED, listen, columns }).filter(isSquares).length;
  expect(codeAt(["192.0.2.7:9000"], 80)).toBe(15);
  expect(codeAt(["192.0.2.7:9000"], 79)).toBe(0);
  expect(codeAt(["192.0.2.7:9000"])).toBe(0);
  expect(codeAt(["127.0.0.1:9000"], 200)).toBe(0);
});

test.each([
  ["chat.example.org", ["0.0.0.0:9000"], true, "https://chat.example.org:9000"],
  ["chat.example.org", ["0.0.0.0:443"], true, "https://chat.example.org"],
  ["chat.example.org", ["127.0.0.1:80"], false, "http://chat.example.org"],
  ["host.local", ["127.0.0.1:0"], false, "http://127.0.0.1:7000"],
  ["host.local", ["192.0.2.7:9000"], false, "http://192.0.2.7:9000"],
  ["host.local", ["[2001:db8::7]:9000"], false, "http://[2001:db8::7]:9000"],
])(
  "the page of %s, which listens on %j, is reached (certificate accepted: %p) at %s",
  (name, listen, isTrusted, address) => {
    expect(webAddress({ name, listen, port: 7000, isTrusted })).toBe(address);
  },
);

/** The real error of listening. */
function failureOf(listen: () => { stop(force: boolean): void }): unknown {
  try {
    listen().stop(true);
  } catch (error) {
    return error;
  }
  throw new Error("It listens, and was to fail");
}

const socket = { data: () => {} };

test("the error for a port in use names it and one that would work", () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
  try {
    const { port } = taken;
    const error = failureOf(() => Bun.listen({ hostname: "127.0.0.1", port, socket }));
    expect(listenError(error, [`127.0.0.1:${port}`])).toBe(
      `port ${port} is in use, perhaps by another server.\nThis would work: tcpchat server --port ${port < 65535 ? port + 1 : 0}`,
    );
    expect(listenError(error, [`127.0.0.1:${port}`], true)).toContain("by a program that does not share it");
  } finally {
    taken.stop(true);
  }
});

test("after the last port there is no next one, so the error suggests any free port", () => {
  const error = Object.assign(new Error("Failed to listen"), { code: "EADDRINUSE", port: 65535 });
  expect(listenError(error, ["0.0.0.0:65535"])).toContain("--port 0");
});

test("an address that is not this machine's is named", () => {
  const error = failureOf(() => Bun.listen({ hostname: "203.0.113.7", port: 9000, socket }));
  expect(listenError(error, ["203.0.113.7:9000"])).toStartWith("203.0.113.7:9000: this machine has no such address.");
});

test("the error for an unknown host names it", () => {
  const error = failureOf(() => Bun.listen({ hostname: "no-such-host.invalid", port: 9000, socket }));
  expect(listenError(error, ["no-such-host.invalid:9000"])).toStartWith(
    "no-such-host.invalid:9000: this machine has no such address.",
  );
});

test("a port that needs privileges is named", () => {
  const error = Object.assign(new Error("Failed to listen"), { code: "EACCES" });
  expect(listenError(error, ["0.0.0.0:80"])).toStartWith("port 80 is not open to you");
});

test("a file that may not be made is named", () => {
  const error = Object.assign(new Error("Failed to listen"), { code: "EACCES" });
  expect(listenError(error, ["unix:/root/chat.sock"])).toStartWith("cannot listen on unix:/root/chat.sock: ");
});

test("of a file that is in use it is said that it is a file, and not a port", () => {
  const folder = mkdtempSync(join(tmpdir(), "tcpchat-"));
  const unix = join(folder, "chat.sock");
  const taken = Bun.listen({ unix, socket });
  try {
    const error = failureOf(() => Bun.listen({ unix, socket }));
    const words = listenError(error, [`unix:${unix}`]) ?? "";
    expect(words).toContain(unix);
    expect(words).not.toContain("port");
  } finally {
    taken.stop(true);
    rmSync(folder, { recursive: true });
  }
});

test("a folder that is not there is named", () => {
  const error = failureOf(() => Bun.listen({ unix: "/no/such/folder/chat.sock", socket }));
  expect(listenError(error, ["unix:/no/such/folder/chat.sock"])).toStartWith(
    "cannot listen on unix:/no/such/folder/chat.sock: ",
  );
});

test("errors unrelated to listening are not translated", () => {
  expect(listenError(new Error("a bug"), ["0.0.0.0:9000"])).toBeUndefined();
  expect(listenError("a bug", ["0.0.0.0:9000"])).toBeUndefined();
});

/** The error for these entries; "" if there is none. */
function trouble(...listen: readonly string[]): string {
  try {
    checkListen(listen);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test.each([
  ["nonsense", /"nonsense" is no address to listen on: write ADDRESS:PORT/],
  ["127.0.0.1:70000", /is no address to listen on/],
  ["192.0.2.1:0", /192\.0\.2\.1:0: this machine has no such address/],
  ["no-such-host.invalid:0", /this machine has no such address/],
  ["unix:/no/such/folder/socket", /the folder \/no\/such\/folder does not exist/],
  [`unix:/tmp/${"x".repeat(120)}`, /at most 107 bytes/],
  ["unix:/etc/passwd", /is no socket/],
])("%s is refused, with what is wrong", (entry, words) => {
  expect(trouble(entry)).toMatch(words);
});

test("a repeated address is refused, and so are two addresses on one port", () => {
  const socket = `unix:${join(nowhere(), "socket")}`;
  mkdirSync(join(socket.slice(5), ".."), { recursive: true });
  expect(trouble(socket, socket)).toContain("twice: once is enough");
  const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = holder;
  holder.stop(true);
  expect(trouble(`0.0.0.0:${port}`, `127.0.0.1:${port}`)).toMatch(/takes the port of both/);
  expect(trouble("127.0.0.1:0", "127.0.0.1:0")).toBe("");
});

test("a port in use is reported and is no error: it may be the server's own", () => {
  const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const entry = `127.0.0.1:${holder.port}`;
  expect(checkListen(["127.0.0.1:0", entry])).toEqual([entry]);
  holder.stop(true);
  expect(checkListen([entry])).toEqual([]);
});

test("a folder without write permission is refused, and nothing is left behind", () => {
  const folder = nowhere();
  mkdirSync(folder, { recursive: true });
  expect(trouble(`unix:${join(folder, "socket")}`, "127.0.0.1:0")).toBe("");
  expect(readdirSync(folder)).toEqual([]);
  if (process.getuid?.() === 0) return; // root may write anywhere
  chmodSync(folder, 0o500);
  expect(trouble(`unix:${join(folder, "socket")}`)).toContain(`this user has no permission to write in ${folder}`);
});
