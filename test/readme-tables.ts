/** Generates the tables of the documents from the tables in the code. `bun run readme` writes them; a test compares. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { markdown } from "../bench/compare/report.ts";
import { drawn, type Growth } from "../bench/growth/growth.ts";
import { COMMANDS, type CommandName, FLAGS } from "../src/cli/options.ts";
import { keyHelp } from "../src/client/input/keymap.ts";
import { MEANINGS } from "../src/commands/moderation.ts";
import { COMMANDS as SLASH_COMMANDS } from "../src/commands/table.ts";
import { CAPABILITIES } from "../src/irc/capabilities.ts";
import { COMMANDS as IRC_COMMANDS } from "../src/irc/commands/table.ts";
import { LETTERS, type ModeMeaning } from "../src/irc/render/mode-letters.ts";
import { KEYS } from "../src/server/config/schema.ts";

const ROOT = join(import.meta.dir, "..");
/** The paths of the documents. */
export const DOCUMENTS: readonly string[] = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The figures that `bun run bench --publish` has written. */
function measured(name: "compare/results" | "growth/growth") {
  return JSON.parse(readFileSync(join(ROOT, "bench", `${name}.json`), "utf8"));
}

/** The charts that the bench has drawn. */
function pictures(): string {
  const charts: Growth = measured("growth/growth").charts;
  return [...drawn(charts).keys()].map((name) => `![${charts[name]?.title}](../bench/growth/${name}.svg)`).join("\n");
}

type Row = readonly string[];

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function flagsOf(command: CommandName): string {
  const rows = FLAGS.filter((flag) => flag.commands.includes(command)).map((flag) => [
    `\`--${flag.name}${flag.value ? ` ${flag.value}` : ""}\``,
    flag.help,
    flag.default === undefined ? "" : `\`${flag.default}\``,
  ]);
  return table(["flag", "what it does", "default"], rows);
}

/** The meaning of each mode that takes a nick or a mask. */
const FOR_PEOPLE: Readonly<Record<Extract<ModeMeaning, { readonly kind: "rank" | "list" }>["mode"], string>> = {
  operator: "NICK governs the room",
  voice: "NICK may speak where only those with a voice may",
  ban: "people that MASK matches may neither come in nor speak; `m:MASK`: not speak",
  exception: "people that MASK matches are exempt from bans",
  invitation: "people that MASK matches come in although the room is `invite-only`",
};

function modes(): string {
  const rows = [...LETTERS].map(([letter, meaning]): Row => {
    if (meaning.kind === "rank" || meaning.kind === "list")
      return [`\`+${letter} ${meaning.kind === "rank" ? "NICK" : "MASK"}\``, meaning.mode, FOR_PEOPLE[meaning.mode]];
    if (meaning.kind === "flag") return [`\`+${letter}\``, meaning.mode, MEANINGS[meaning.mode]];
    const value = { key: "KEY", limit: "NUMBER", history: "7d|off" }[meaning.kind];
    return [`\`+${letter} ${value}\``, meaning.kind, MEANINGS[meaning.kind]];
  });
  return table(["mode", "name", "while it is on"], rows);
}

/** The tables by their names, which stand before them in the documents. */
export const TABLES: ReadonlyMap<string, () => string> = new Map<string, () => string>([
  ...Object.keys(COMMANDS)
    .filter((name) => FLAGS.some(({ commands }) => commands.some((command) => command === name)))
    .map((name): [string, () => string] => [`flags of ${name}`, () => flagsOf(name as CommandName)]),
  [
    "configuration",
    () =>
      table(
        ["table", "key", "default", "what it is"],
        KEYS.map((key) => [`\`[${key.table}]\``, `\`${key.key}\``, `\`${JSON.stringify(key.default)}\``, key.help]),
      ),
  ],
  [
    "commands with nc",
    () =>
      table(
        ["command", "what it does"],
        SLASH_COMMANDS.map((row) => [`\`/${row.name}${row.usage ? ` ${row.usage}` : ""}\``, row.help]),
      ),
  ],
  [
    "keys",
    () =>
      table(
        ["key", "what it does"],
        keyHelp({ canSuspend: true }).map(({ label, help }) => [label, help]),
      ),
  ],
  [
    "commands of IRC",
    () =>
      table(
        ["command", "what it does"],
        [...IRC_COMMANDS.values()]
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .map((row) => [`\`${row.name} ${row.usage}\``.replace(" `", "`"), row.help]),
      ),
  ],
  ["modes of rooms", modes],
  [
    "capabilities",
    () =>
      table(
        ["capability", "what it gives a client"],
        CAPABILITIES.map((row) => [`\`${row.name}\``, row.help]),
      ),
  ],
  ["speed", () => markdown(measured("compare/results"))],
  ["growth", pictures],
]);

/** The document with all tables generated anew. */
export function withTables(document: string): string {
  return document.replace(
    /(<!-- table: (.+?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (whole, before: string, name: string, after: string) => {
      const made = TABLES.get(name)?.();
      return made === undefined ? whole : `${before}${made}\n${after}`;
    },
  );
}

/** The present content of a document. */
export function contentOf(document: string): string {
  return readFileSync(join(ROOT, document), "utf8");
}

if (import.meta.main)
  for (const document of DOCUMENTS) writeFileSync(join(ROOT, document), withTables(contentOf(document)));
