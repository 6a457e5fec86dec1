import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KnownServers } from "../../../src/client/net/known-servers.ts";
import { dataFolder } from "../../../src/client/run/system.ts";

const folder = mkdtempSync(join(tmpdir(), "tcpchat-pins-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const place = { host: "Chat.Example", port: 9000 };

test("a pinned certificate is found again, with its file and line", () => {
  const data = join(folder, "data");
  const knownServers = new KnownServers(dataFolder({ XDG_DATA_HOME: data }));
  const file = join(data, "tcpchat", "known_servers");
  expect(knownServers.find(place)).toBeUndefined();
  knownServers.add(place, "AB:CD");
  knownServers.add({ host: "::1", port: 7000 }, "EF:01");
  expect(knownServers.find(place)).toEqual({ fingerprint: "AB:CD", file, line: 1 });
  expect(knownServers.find({ host: "[::1]", port: 7000 })).toEqual({ fingerprint: "EF:01", file, line: 2 });
  expect(knownServers.find({ ...place, port: 9001 })).toBeUndefined();
  expect(readFileSync(file, "utf8")).toBe("chat.example:9000 AB:CD\n[::1]:7000 EF:01\n");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("trusted servers and sts policies are kept beside lines that people wrote", () => {
  const data = join(folder, "policies");
  const file = join(data, "tcpchat", "known_servers");
  mkdirSync(join(data, "tcpchat"), { recursive: true });
  writeFileSync(file, "# mine");
  const knownServers = new KnownServers(dataFolder({ XDG_DATA_HOME: data }));
  knownServers.add(place, undefined);
  const until = Date.parse("2026-03-01T12:00:00Z");
  knownServers.setPolicy({ ...place, port: 6667 }, { port: 9000, until: 1 });
  knownServers.setPolicy({ ...place, port: 6667 }, { port: 9000, until });
  expect(readFileSync(file, "utf8")).toBe(
    "# mine\nchat.example:9000 trusted\nchat.example:6667 sts=9000 until=2026-03-01T12:00:00.000Z\n",
  );
  expect(knownServers.find(place)).toEqual({ fingerprint: undefined, file, line: 2 });
  expect(knownServers.find({ ...place, port: 6667 })).toBeUndefined();
  expect(knownServers.policy({ ...place, port: 6667 }, until - 1)).toEqual({ port: 9000, until });
  expect(knownServers.policyOfHost(place, until - 1)).toEqual({ port: 9000, until });
  expect([knownServers.policy({ ...place, port: 6667 }, until), knownServers.policyOfHost(place, until)]).toEqual([
    undefined,
    undefined,
  ]);
  knownServers.setPolicy({ ...place, port: 6667 }, undefined);
  expect(readFileSync(file, "utf8")).toBe("# mine\nchat.example:9000 trusted\n");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a file that people edited is read, and a new server gets its own line", () => {
  const file = join(folder, ".local", "share", "tcpchat", "known_servers");
  mkdirSync(join(folder, ".local", "share", "tcpchat"), { recursive: true });
  writeFileSync(file, "# mine\n\n  other:1   11:22  since May");
  const knownServers = new KnownServers(dataFolder({ HOME: folder }));
  expect(knownServers.find({ host: "other", port: 1 })).toEqual({ fingerprint: "11:22", file, line: 3 });
  knownServers.add(place, "AB");
  expect(knownServers.find(place)).toEqual({ fingerprint: "AB", file, line: 4 });
});

test("an unreadable file is an error, not an empty list", () => {
  const data = join(folder, "closed");
  mkdirSync(join(data, "tcpchat", "known_servers"), { recursive: true });
  chmodSync(join(data, "tcpchat"), 0o700);
  expect(() => new KnownServers(dataFolder({ XDG_DATA_HOME: data })).find(place)).toThrow();
});
