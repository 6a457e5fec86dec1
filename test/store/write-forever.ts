/**
 * A program that writes messages, several per commit, and prints the number of the last committed one, until it is
 * killed or a commit fails. `bun writer.ts DATABASE until-killed|until-full`.
 */
import { writeSync } from "node:fs";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { said } from "../support/temporary-store.ts";

const [file = "", mode] = process.argv.slice(2);
const store = new SqliteStore(file, "normal", { clock: () => 0, failed: () => {}, recovered: () => {} });

for (let seq = 1; ; ) {
  const last = seq + (seq % 7);
  for (; seq <= last; seq++) store.append(fold("#dev"), said(seq, { text: "x".repeat(100) }));
  const lost = store.commit();
  if (lost.length === 0) writeSync(1, `${last}\n`);
  else if (mode === "until-full") process.exit(0);
}
