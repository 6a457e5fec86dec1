import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeLeftovers } from "../../../src/server/net/leftover.ts";
import { nowhere } from "../../binary.ts";

const LISTEN = "Bun.listen({ unix: process.argv[1], socket: { data() {} } }); console.log('up')";

/** Another process that listens on a unix socket. */
async function listener(path: string) {
  const process_ = Bun.spawn([process.execPath, "-e", LISTEN, path], { stdout: "pipe" });
  for await (const _ of process_.stdout) break;
  return process_;
}

test("the socket of a server that was killed is removed, one that is listened on is not", async () => {
  const path = join(nowhere(), "chat.sock");
  const server = await listener(path);
  await removeLeftovers([`unix:${path}`]);
  expect(existsSync(path)).toBe(true);
  server.kill("SIGKILL");
  await server.exited;
  expect(existsSync(path)).toBe(true);
  await removeLeftovers(["127.0.0.1:0", `unix:${path}`]);
  expect(existsSync(path)).toBe(false);
});

test("what is no socket stays, and what is not there is no trouble", async () => {
  const path = join(nowhere(), "notes.txt");
  writeFileSync(path, "precious");
  await removeLeftovers([`unix:${path}`, `unix:${path}.not`]);
  expect(existsSync(path)).toBe(true);
});
