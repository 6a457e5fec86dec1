import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { unit } from "../../src/print/unit.ts";
import { bookOf } from "../../src/print.ts";
import { nowhere } from "../binary.ts";

const analyze = Bun.which("systemd-analyze") ?? "";

test.skipIf(analyze === "")("systemd accepts the unit", () => {
  const file = join(nowhere(), "tcpchat.service");
  writeFileSync(file, unit(bookOf(process.execPath)));
  const { exitCode, stderr } = Bun.spawnSync([analyze, "verify", file]);
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
});

test("it starts the program that has written it, and waits until that says it is ready", () => {
  const lines = unit(bookOf("/opt/chat/tcpchat")).split("\n");
  expect(lines).toContain("ExecStart=/opt/chat/tcpchat server --quiet");
  expect(lines).toContain("Type=notify");
});
