import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkListen } from "../../../src/server/ops/listen-check.ts";
import { nowhere } from "../../binary.ts";

/** What is wrong with these; "" if nothing is. */
function trouble(...listen: readonly string[]): string {
  try {
    checkListen(listen);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test.each([
  ["nonsense", /"nonsense" is no place to listen on: write ADDRESS:PORT/],
  ["127.0.0.1:70000", /is no place to listen on/],
  ["192.0.2.1:0", /192\.0\.2\.1:0: this machine has no such address/],
  ["no-such-host.invalid:0", /this machine has no such address/],
  ["unix:/no/such/folder/socket", /there is no folder \/no\/such\/folder/],
  [`unix:/tmp/${"x".repeat(120)}`, /at most 107 bytes/],
  ["unix:/etc/passwd", /is no socket/],
])("%s is refused, with what is wrong", (entry, words) => {
  expect(trouble(entry)).toMatch(words);
});

test("what is there twice is refused, and so are two that take the same port", () => {
  const socket = `unix:${join(nowhere(), "socket")}`;
  mkdirSync(join(socket.slice(5), ".."), { recursive: true });
  expect(trouble(socket, socket)).toContain("twice: once is enough");
  const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = holder;
  holder.stop(true);
  expect(trouble(`0.0.0.0:${port}`, `127.0.0.1:${port}`)).toMatch(/takes the port of both/);
  expect(trouble("127.0.0.1:0", "127.0.0.1:0")).toBe("");
});

test("a port that is in use is told and refused by nobody: it may be the server's own", () => {
  const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const entry = `127.0.0.1:${holder.port}`;
  expect(checkListen(["127.0.0.1:0", entry])).toEqual([entry]);
  holder.stop(true);
  expect(checkListen([entry])).toEqual([]);
});

test("a folder that one may not write to is refused, and nothing is left behind", () => {
  const folder = nowhere();
  mkdirSync(folder, { recursive: true });
  expect(trouble(`unix:${join(folder, "socket")}`, "127.0.0.1:0")).toBe("");
  expect(readdirSync(folder)).toEqual([]);
  if (process.getuid?.() === 0) return; // root may write anywhere
  chmodSync(folder, 0o500);
  expect(trouble(`unix:${join(folder, "socket")}`)).toContain(`this user may not write in ${folder}`);
});
