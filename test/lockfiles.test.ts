import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A package in npm's lock file. */
interface NpmPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
}

const read = (file: string) => readFileSync(join(import.meta.dir, "..", file), "utf8");

const { "": _, ...npmPackages } = JSON.parse(read("package-lock.json")).packages as Record<string, NpmPackage>;
const npmEntries = Object.entries(npmPackages);

/** `name@version` and integrity from Bun's lock file, which is JSON with trailing commas. */
const bunPackages = JSON.parse(read("bun.lock").replace(/,(\s*[}\]])/g, "$1")).packages as Record<string, unknown[]>;

test("npm's lock file has an integrity hash and no address for every package", () => {
  expect(npmEntries.length).toBeGreaterThan(50);
  for (const [path, { integrity, resolved }] of npmEntries) {
    expect(integrity, path).toMatch(/^sha512-[\w+/]+={0,2}$/);
    expect(resolved, path).toBeUndefined();
  }
});

test("npm and Bun install the same versions of the same contents", () => {
  const npm = npmEntries.map(([path, { version, integrity }]) => [
    `${path.replace(/^.*node_modules\//, "")}@${version}`,
    integrity,
  ]);
  const bun = Object.values(bunPackages).map((entry) => [entry[0], entry.at(-1)]);
  expect(Object.fromEntries(npm)).toEqual(Object.fromEntries(bun));
});

test("Bun's lock file has no addresses either", () => {
  for (const [, address] of Object.values(bunPackages)) expect(address).toBe("");
});
