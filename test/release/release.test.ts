import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { nowhere } from "../support/binary.ts";
import { release, TARGETS } from "./release.ts";

const own = TARGETS.find(({ system }) => system === `bun-${process.platform}-${process.arch}`);

test.skipIf(own === undefined)("the release for this system runs, and has the printed checksum", async () => {
  const folder = join(nowhere(), "build");
  const { system = "", file = "" } = own ?? {};
  await release([{ system, file }], folder);
  expect(readdirSync(folder).sort()).toEqual(["SHA256SUMS", file]);
  const sum = createHash("sha256")
    .update(readFileSync(join(folder, file)))
    .digest("hex");
  expect(readFileSync(join(folder, "SHA256SUMS"), "utf8")).toBe(`${sum}  ${file}\n`);
  expect(Bun.spawnSync([join(folder, file), "--version"]).stdout.toString()).toBe(`tcpchat ${version}\n`);
});

test("a target that cannot be built is named, with a remedy", () => {
  const target = { system: "bun-plan9-x64", file: "tcpchat-plan9" };
  expect(release([target], join(nowhere(), "build"))).rejects.toThrow(/tcpchat-plan9 could not be built.*registry/s);
});

test("each system has a file of its own", () => {
  const files = TARGETS.map(({ file }) => file);
  expect(files).toEqual([...new Set(files)]);
});
