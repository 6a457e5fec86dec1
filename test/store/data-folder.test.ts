import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, realpathSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DataFolder } from "../../src/store/data-folder.ts";
import { TemporaryStore } from "../support/temporary-store.ts";

test("a missing folder is created, for its owner alone", () => {
  using temp = new TemporaryStore();
  const path = join(temp.folder, "deep", "data");
  const folder = new DataFolder(path);
  expect(folder.cloakKey.length).toBe(32);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, "cloak.key")).mode & 0o777).toBe(0o600);
  expect(folder.database).toBe(join(path, "chat.db"));
  folder.close();
});

test("each folder has its own cloak key, made once", () => {
  using temp = new TemporaryStore();
  const keys = ["one", "one", "two"].map((name) => {
    const folder = new DataFolder(join(temp.folder, name));
    const { cloakKey } = folder;
    folder.close();
    return Buffer.from(cloakKey).toString("hex");
  });
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  expect([keys[1] === keys[0], keys[2] === keys[0]]).toEqual([true, false]);
});

test("a truncated key is replaced", () => {
  using temp = new TemporaryStore();
  const first = new DataFolder(temp.folder);
  expect(first.cloakKey.length).toBe(32);
  first.close();
  truncateSync(join(temp.folder, "cloak.key"), 10);
  const folder = new DataFolder(temp.folder);
  folder.close();
  expect(folder.cloakKey.length).toBe(32);
  expect(readFileSync(join(temp.folder, "cloak.key")).equals(folder.cloakKey)).toBe(true);
});

test("a second server is refused until the first has closed the folder", () => {
  using temp = new TemporaryStore();
  const first = new DataFolder(temp.folder);
  expect(() => new DataFolder(temp.folder)).toThrow(`The data folder ${temp.folder} is in use by another server.`);
  first.close();
  new DataFolder(temp.folder).close();
});

/** Another process that has the folder, and says so. */
async function holder(path: string) {
  const code = `
    const { DataFolder } = await import(${JSON.stringify(join(import.meta.dir, "../../src/store/data-folder.ts"))});
    globalThis.folder = new DataFolder(${JSON.stringify(path)});
    process.stdout.write("held");
    setInterval(() => {}, 1000);
  `;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
  for await (const _ of child.stdout) break;
  return child;
}

test("another process is refused until the process with the folder has ended, even by a kill", async () => {
  using temp = new TemporaryStore();
  const child = await holder(temp.folder);
  expect(() => new DataFolder(temp.folder)).toThrow("is in use by another server");
  child.kill("SIGKILL");
  await child.exited;
  new DataFolder(temp.folder).close();
});

test("a path that is not a folder, and a folder in place of a file, are refused with a reason", () => {
  using temp = new TemporaryStore();
  const path = join(temp.folder, "file");
  writeFileSync(path, "");
  for (const given of [path, join(path, "data")])
    expect(() => new DataFolder(given)).toThrow(`The data folder ${given} cannot be used: ${path} is not a folder; `);
  const odd = join(temp.folder, "odd");
  mkdirSync(join(odd, "lock"), { recursive: true });
  expect(() => new DataFolder(odd)).toThrow(`${join(odd, "lock")} is a folder, and should be a file.`);
});

test("an inaccessible folder is named in the refusal, with a remedy", () => {
  using temp = new TemporaryStore();
  const path = join(temp.folder, "shut");
  mkdirSync(path);
  chmodSync(path, 0);
  chmodSync(temp.folder, 0o755);
  const code = `
    const { DataFolder } = await import(${JSON.stringify(join(import.meta.dir, "../../src/store/data-folder.ts"))});
    new DataFolder(${JSON.stringify(path)});
  `;
  const nobody = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  const { stderr } = Bun.spawnSync([...nobody, realpathSync(process.execPath), "-e", code]);
  expect(stderr.toString()).toMatch(`may not read and write ${path}; chown -R gives it the folder`);
});
