import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { scripts, version } from "../package.json";
import { COMMANDS, readOptions } from "../src/cli/options.ts";
import { commandsOf } from "../src/client/commands/perform.ts";
import { SCREEN_COMMANDS, SERVER_COMMANDS } from "../src/client/commands/screen.ts";
import { COMMANDS as SLASH_COMMANDS } from "../src/commands/table.ts";
import { readConfig } from "../src/server/config/read.ts";
import { KEYS } from "../src/server/config/schema.ts";
import { contentOf, DOCUMENTS, TABLES, withTables } from "./readme-tables.ts";
import { inLobby } from "./support/client/play.ts";

test.each(DOCUMENTS)("the tables in %s match the code (bun run readme writes them)", (document) => {
  expect(contentOf(document)).toBe(withTables(contentOf(document)));
});

test("every table is in one document, once", () => {
  const shown = DOCUMENTS.flatMap((document) => [...contentOf(document).matchAll(/<!-- table: (.+?) -->/g)]);
  expect(shown.map(([, name = ""]) => name).sort()).toEqual([...TABLES.keys()].sort());
});

test.each(DOCUMENTS)("every npm or bun script that %s names exists", (document) => {
  for (const [, name = ""] of contentOf(document).matchAll(/\b(?:npm|bun) run ([\w:-]+)/g))
    expect(Object.keys(scripts)).toContain(name);
});

test.each(DOCUMENTS)("every file of the tree that %s names exists", (document) => {
  const named = [...contentOf(document).matchAll(/`((?:src|test|bench|docs)\/[^`\s]*)`/g)].map(([, path = ""]) => path);
  expect(named.filter((path) => !existsSync(join(import.meta.dir, "..", path)))).toEqual([]);
});

test.each(DOCUMENTS)("every link in %s has a target", (document) => {
  const links = contentOf(document).matchAll(/(?:\]\(|src=")(?!https?:)([^)"]+)[)"]/g);
  for (const [, link = ""] of links) {
    const [path = "", heading] = link.split("#");
    const file = path === "" ? document : join(dirname(document), path);
    expect([link, existsSync(join(import.meta.dir, "..", file))]).toEqual([link, true]);
    if (heading !== undefined) expect([link, headingsOf(file)]).toEqual([link, expect.arrayContaining([heading])]);
  }
});

/** The code in a document: fenced blocks, each with its language, and inline code. */
function codeOf(document: string): { readonly language: string; readonly text: string }[] {
  const content = contentOf(document);
  const blocks = [...content.matchAll(/^```([\w-]*)\n([\s\S]*?)^```$/gm)];
  const inline = content.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g);
  return [
    ...blocks.map(([, language = "", text = ""]) => ({ language, text })),
    ...[...inline].map(([, text = ""]) => ({ language: "inline", text: text.replaceAll("\\|", "|") })),
  ];
}

test.each(DOCUMENTS)("every tcpchat command in %s exists and takes these flags", (document) => {
  for (const { text } of codeOf(document)) {
    for (const [, line = ""] of text.matchAll(/(?:^|[\s|(])(?:\.\/)?tcpchat ((?:--)?[a-z][a-z-]*(?![\w.:/@-]).*)/gm)) {
      const [words = ""] = line.split(/\s{2,}|\s[|>&;#]|\)/);
      const [command = "", ...rest] = words.replaceAll("'", "").split(" ");
      if (["help", "--version", "--help"].includes(command)) continue;
      expect([line, Object.keys(COMMANDS)]).toEqual([line, expect.arrayContaining([command])]);
      expect(() => readOptions(command as keyof typeof COMMANDS, rest, {})).not.toThrow();
    }
  }
});

test.each(DOCUMENTS)("every server.toml in %s is a good configuration", (document) => {
  for (const { language, text } of codeOf(document))
    if (language === "toml" && text.startsWith("# server.toml")) expect(() => readConfig(text, document)).not.toThrow();
});

test.each(DOCUMENTS)("every key of the configuration that %s names exists", (document) => {
  for (const [said, key, table] of contentOf(document).matchAll(/`(\w+)`\s(?:of|in)\s`\[(\w+)\]`/g))
    expect([said, KEYS.some((row) => row.key === key && row.table === table)]).toEqual([said, true]);
});

/** All documents except irc-clients.md, which lists the commands of other clients. */
const OURS = DOCUMENTS.filter((document) => document !== "docs/irc-clients.md");
/** A command of irssi, and paths. */
const NOT_COMMANDS = ["/connect", "/data", "/healthz", "/metrics"];

test.each(OURS)("every slash command that %s names exists", (document) => {
  const rows = [...SLASH_COMMANDS, ...commandsOf(inLobby().model), ...SCREEN_COMMANDS, ...SERVER_COMMANDS];
  const names = rows.flatMap(({ name, aliases }) => [`/${name}`, ...aliases.map((alias) => `/${alias}`)]);
  const named = codeOf(document).flatMap(({ language, text }) => (language === "inline" ? text : []));
  const slashed = named.map((text) => text.split(" ")[0] ?? "").filter((word) => /^\/[a-z]+$/.test(word));
  expect(slashed.filter((word) => !names.includes(word) && !NOT_COMMANDS.includes(word))).toEqual([]);
});

test("the README is short, and the files that are named are those of this version", () => {
  expect(contentOf("README.md").split("\n").length).toBeLessThanOrEqual(151);
  const contents = DOCUMENTS.map(contentOf).join("\n");
  const named = [...contents.matchAll(/\b(\d+\.\d+\.\d+)(?=\.tgz|_amd64|\n```)/g)].map(([, found]) => found);
  expect(new Set(named)).toEqual(new Set([version]));
  expect(contentOf("CHANGELOG.md")).toContain(`\n## ${version}`);
});

/** The anchors of a document's headings. */
function headingsOf(document: string): readonly string[] {
  const prose = contentOf(document).replace(/^```[\s\S]*?^```$/gm, "");
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, words = ""]) => words);
  return headings.map((words) =>
    words
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}
