import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleConfig } from "../../../src/cli/print/config.ts";
import { bookOf } from "../../../src/cli/print/print.ts";
import { KEYS } from "../../../src/server/config/schema.ts";
import { binary, nowhere, Program } from "../../support/binary.ts";

const sample = sampleConfig(bookOf("/usr/bin/tcpchat"));
const [tables = ""] = sample.split("#[[");

test("the sample changes nothing as it is, and shows every key with its default", () => {
  expect(Object.values(Bun.TOML.parse(sample)).flatMap(Object.keys)).toEqual([]);
  const shown = Bun.TOML.parse(tables.replaceAll(/^#(\w+ = )/gm, "$1")) as Record<string, Record<string, unknown>>;
  for (const { table, key, default: fallback } of KEYS) expect(shown[table]?.[key]).toEqual(fallback);
});

test("the server accepts the sample with all defaults spelled out", async () => {
  const file = join(nowhere(), "server.toml");
  writeFileSync(
    file,
    tables.replaceAll(/^#(\w+ = )(?!""\n)/gm, "$1").replace(/^listen = .*$/m, 'listen = ["127.0.0.1:0"]'),
  );
  await using program = Program.run([await binary(), "server", "--check", "--config", file]);
  expect(await program.exit()).toBe(0);
});
