import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenTrouble, startupHints } from "../../../src/server/ops/startup.ts";

test("what is shown at the start can be copied: every address has the port", () => {
  const lines = startupHints({ listen: ["0.0.0.0:7000"], port: 7000, data: "/data" });
  expect(lines.join("\n")).toContain("tcpchat client 127.0.0.1:7000");
  expect(lines.join("\n")).toContain("nc 127.0.0.1 7000");
  expect(lines.join("\n")).toContain("/connect 127.0.0.1 7000");
  expect(lines.join("\n")).toContain("History is kept in /data.");
});

test("on the usual port our client needs no address", () => {
  expect(startupHints({ listen: ["0.0.0.0:9000"], port: 9000, data: undefined })).toContain(
    `${"  tcpchat client".padEnd(34)}our client`,
  );
});

test("a server that keeps nothing says so", () => {
  expect(startupHints({ listen: ["0.0.0.0:9000"], port: 9000, data: undefined }).join("\n")).toContain(
    "Nothing is kept on disk.",
  );
});

test.each([
  [["127.0.0.1:9000"], "127.0.0.1 9000", undefined],
  [["localhost:9000", "unix:/run/chat"], "127.0.0.1 9000", undefined],
  [["[::1]:9000"], "::1 9000", undefined],
  [["fd:3"], "127.0.0.1 9000", undefined],
  [["unix:/run/chat", "127.0.0.1:0"], "127.0.0.1 9000", undefined],
  [["192.0.2.7:9000"], "192.0.2.7 9000", "192.0.2.7 9000"],
  [["127.0.0.1:9000", "192.0.2.7:7000"], "127.0.0.1 9000", "192.0.2.7 7000"],
])("%j is reached from here by %s, and from another machine by %p", (listen, here, elsewhere) => {
  const lines = startupHints({ listen, port: 9000, data: undefined });
  expect(lines).toContain(`${`  nc ${here}`.padEnd(34)}anything that speaks TCP`);
  const other = lines.filter((line) => line.endsWith("from another machine"));
  expect(other).toEqual(elsewhere === undefined ? [] : [`${`  nc ${elsewhere}`.padEnd(34)}from another machine`]);
});

/** What listening fails with, in truth. */
function failureOf(listen: () => { stop(force: boolean): void }): unknown {
  try {
    listen().stop(true);
  } catch (error) {
    return error;
  }
  throw new Error("It listens, and was to fail");
}

const socket = { data: () => {} };

test("a port in use is named, with one that would work", () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
  try {
    const { port } = taken;
    const error = failureOf(() => Bun.listen({ hostname: "127.0.0.1", port, socket }));
    expect(listenTrouble(error, [`127.0.0.1:${port}`])).toBe(
      `port ${port} is in use, perhaps by another server.\nThis would work: tcpchat server --port ${port < 65535 ? port + 1 : 0}`,
    );
  } finally {
    taken.stop(true);
  }
});

test("behind the last port there is none to try, so any free one would work", () => {
  const error = Object.assign(new Error("Failed to listen"), { code: "EADDRINUSE", port: 65535 });
  expect(listenTrouble(error, ["0.0.0.0:65535"])).toContain("--port 0");
});

test("an address that is not this machine's is named", () => {
  const error = failureOf(() => Bun.listen({ hostname: "203.0.113.7", port: 9000, socket }));
  expect(listenTrouble(error, ["203.0.113.7:9000"])).toStartWith("203.0.113.7:9000: this machine has no such address.");
});

test("a name that nobody knows is named", () => {
  const error = failureOf(() => Bun.listen({ hostname: "no-such-host.invalid", port: 9000, socket }));
  expect(listenTrouble(error, ["no-such-host.invalid:9000"])).toStartWith(
    "no-such-host.invalid:9000: this machine has no such address.",
  );
});

test("a port that needs privileges is named", () => {
  const error = Object.assign(new Error("Failed to listen"), { code: "EACCES" });
  expect(listenTrouble(error, ["0.0.0.0:80"])).toStartWith("port 80 is not open to you");
});

test("a file that may not be made is named", () => {
  const error = Object.assign(new Error("Failed to listen"), { code: "EACCES" });
  expect(listenTrouble(error, ["unix:/root/chat.sock"])).toStartWith("cannot listen on unix:/root/chat.sock: ");
});

test("of a file that is in use it is said that it is a file, and not a port", () => {
  const folder = mkdtempSync(join(tmpdir(), "tcpchat-"));
  const unix = join(folder, "chat.sock");
  const taken = Bun.listen({ unix, socket });
  try {
    const error = failureOf(() => Bun.listen({ unix, socket }));
    const words = listenTrouble(error, [`unix:${unix}`]) ?? "";
    expect(words).toContain(unix);
    expect(words).not.toContain("port");
  } finally {
    taken.stop(true);
    rmSync(folder, { recursive: true });
  }
});

test("a folder that is not there is named", () => {
  const error = failureOf(() => Bun.listen({ unix: "/no/such/folder/chat.sock", socket }));
  expect(listenTrouble(error, ["unix:/no/such/folder/chat.sock"])).toStartWith(
    "cannot listen on unix:/no/such/folder/chat.sock: ",
  );
});

test("what has nothing to do with listening is left to others", () => {
  expect(listenTrouble(new Error("a bug"), ["0.0.0.0:9000"])).toBeUndefined();
  expect(listenTrouble("a bug", ["0.0.0.0:9000"])).toBeUndefined();
});
