/** The test vectors of irc-parser-tests, from test/data. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The tests of one file of irc-parser-tests. */
export function vectors<Row>(name: string): readonly Row[] {
  const text = readFileSync(join(import.meta.dir, "..", "data", "irc-parser-tests", `${name}.yaml`), "utf8");
  return (Bun.YAML.parse(text) as { readonly tests: readonly Row[] }).tests;
}
