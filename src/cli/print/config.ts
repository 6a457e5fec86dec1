import type { Book, BookKey } from "./book.ts";

const HEAD = `# The configuration of tcpchat server; \`tcpchat server --check\` tests it, and a SIGHUP makes the server read it again.
# Every key is optional; a line that is commented out shows the default.
`;

/** A configuration file with every key, its help and its default, all commented out. */
export function sampleConfig({ keys, operatorKeys, gatewayKeys }: Book): string {
  const tables = [...new Set(keys.map(({ table }) => table))].map((table) => {
    const rows = keys.filter((row) => row.table === table).map(entry);
    return `[${table}]\n${rows.join("\n")}\n`;
  });
  return [HEAD, ...tables, ofMany("operators", operatorKeys), ofMany("gateways", gatewayKeys)].join("\n");
}

function entry({ key, default: fallback, values, help }: BookKey): string {
  const allowed = values === undefined ? "" : `: ${values.join(", ")}`;
  return `# ${help}${allowed}\n#${key} = ${JSON.stringify(fallback)}`;
}

/** An array of tables, of which there may be none. */
function ofMany(table: string, keys: readonly string[]): string {
  return [`#[[${table}]]`, ...keys.map((key) => `#${key} = ""`), ""].join("\n");
}
