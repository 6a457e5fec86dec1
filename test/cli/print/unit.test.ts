import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bookOf } from "../../../src/cli/print/print.ts";
import { unit, unitWarning } from "../../../src/cli/print/unit.ts";
import { nowhere } from "../../support/binary.ts";

const analyze = Bun.which("systemd-analyze") ?? "";

test.skipIf(analyze === "")("systemd accepts the unit", () => {
  const file = join(nowhere(), "tcpchat.service");
  writeFileSync(file, unit(bookOf(process.execPath)));
  const { exitCode, stderr } = Bun.spawnSync([analyze, "--man=no", "verify", file]);
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
});

test("the unit starts the program that printed it, and waits until it reports ready", () => {
  const lines = unit(bookOf("/opt/chat/tcpchat")).split("\n");
  expect(lines).toContain("ExecStart=/opt/chat/tcpchat server --quiet");
  expect(lines).toContain("Type=notify");
});

test("no core dump, which would contain messages, is written", () => {
  expect(unit(bookOf("/opt/chat/tcpchat")).split("\n")).toContain("LimitCORE=0");
});

test.each([
  ["/root/tcpchat", "/root (ProtectHome=yes)"],
  ["/home/ann/bin/tcpchat", "/home (ProtectHome=yes)"],
  ["/tmp/tcpchat", "/tmp (PrivateTmp=yes)"],
])("the warning for %s says why the unit cannot start it, and what works", (program, why) => {
  expect(unitWarning(program)).toContain(`the unit cannot start ${program}: it hides ${why}.`);
  expect(unitWarning(program)).toContain("/usr/local/bin/tcpchat print unit");
});

test.each(["/usr/local/bin/tcpchat", "/opt/home/tcpchat", "/homes/tcpchat"])("the unit can start %s", (program) => {
  expect(unitWarning(program)).toBeUndefined();
});
