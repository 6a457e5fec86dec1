import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ROOT = join(import.meta.dir, "..");
const SRC = join(ROOT, "src");

/** An import: the path, and whether it imports only types. */
interface Import {
  readonly from: string;
  readonly isTypeOnly: boolean;
}

/** A file of `src`; `path` is relative to `src`. */
interface Source {
  readonly path: string;
  /** The top-level folder of the file; "" for a file in `src` itself. */
  readonly folder: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

// `import … from "x"`, `export … from "x"`, `import "x"`. Inline `type`s do not count: what is left of such an import
// when the types are gone still loads the file.
const STATEMENT =
  /^(?:import|export)\s+(?:(type\s+)?(?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)?\s*from\s*)?"([^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"\s*\)/g;

const paths = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
const sources: readonly Source[] = paths.sort().map((path) => {
  const text = readFileSync(join(SRC, path), "utf8");
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[\s;{}(,])\/\/.*$/gm, "$1");
  return { path, folder: topOf(path), text, code, imports: importsOf(path, code) };
});

/** `server` for `server/net/tcp.ts` and `server/serve.ts`; "" for `main.ts`. */
function topOf(path: string): string {
  return path.includes("/") ? (path.split("/")[0] ?? "") : "";
}

/** The imports of a file; files of the project are paths relative to `src`. */
function importsOf(path: string, code: string): readonly Import[] {
  const statements = [...code.matchAll(STATEMENT)].map(([, type, from = ""]) => ({
    from,
    isTypeOnly: type !== undefined,
  }));
  const dynamic = [...code.matchAll(DYNAMIC)].map(([, from = ""]) => ({ from, isTypeOnly: false }));
  return [...statements, ...dynamic].map(({ from, isTypeOnly }) => ({ from: resolved(path, from), isTypeOnly }));
}

function resolved(path: string, from: string): string {
  return from.startsWith(".") ? relative(SRC, join(SRC, dirname(path), from)) : from;
}

/** The top-level folder of an imported file of the project; `undefined` for packages. */
function folderOf(from: string): string | undefined {
  if (from.startsWith("..") || !from.endsWith(".ts")) return undefined;
  return topOf(from);
}

/** The allowed imports of each folder: `X` any file of X, `X:types` only types, `X/file.ts` only that file. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  text: ["text"],
  wire: ["wire", "text"],
  chat: ["chat", "text"],
  store: ["store", "text", "chat:types"],
  commands: ["commands", "chat", "text"],
  irc: ["irc", "commands", "chat", "text", "wire"],
  plain: [
    "plain",
    "commands",
    "chat",
    "text",
    "wire/protocol.ts",
    "wire/closing.ts",
    "wire/limits.ts",
    "wire/secrets.ts",
  ],
  client: ["client", "wire", "text"],
  ssh: ["ssh", "server", "client", "text", "wire"],
  cluster: ["cluster", "chat", "text", "wire"],
  cli: ["cli", "server", "cluster", "ssh", "store", "client", "plain/render.ts", "chat", "text", "wire"],
  web: ["web", "client", "text", "wire"],
  server: ["server", "cluster", "web", "irc", "plain", "chat", "text", "wire"],
};

function allows(folder: string, { from, isTypeOnly }: Import): boolean {
  const theirs = folderOf(from);
  return (MAY_IMPORT[folder] ?? []).some((rule) => {
    const [name, types] = rule.split(":");
    if (rule.endsWith(".ts")) return rule === from;
    return name === theirs && (types === undefined || isTypeOnly);
  });
}

describe("imports", () => {
  test("the import scan finds more imports than files", () => {
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(sources.length);
  });

  for (const [folder, rules] of Object.entries(MAY_IMPORT)) {
    test(`${folder} imports of ours only ${rules.join(", ")}`, () => {
      const wrong = sources
        .filter((source) => source.folder === folder)
        .flatMap(({ path, imports }) =>
          imports
            .filter((item) => folderOf(item.from) !== undefined && !allows(folder, item))
            .map((item) => `${path} imports ${item.from}`),
        );
      expect(wrong).toEqual([]);
    });
  }

  test("every folder of src has a rule for its imports", () => {
    const folders = new Set(sources.map(({ folder }) => folder));
    folders.delete("");
    expect([...folders].filter((folder) => !(folder in MAY_IMPORT))).toEqual([]);
  });

  test("every imported file of src exists", () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => folderOf(from) !== undefined && !existsSync(join(SRC, from)))
        .map(({ from }) => `${path} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  test("nothing imports main, and only main imports cli", () => {
    const wrong = sources.flatMap(({ path, folder, imports }) =>
      imports
        .filter(({ from }) => from === "main.ts" || (folder !== "" && folder !== "cli" && folderOf(from) === "cli"))
        .map(({ from }) => `${path} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  test("the core imports no module for files, sockets or timers", () => {
    const wrong = sources
      .filter(({ folder }) => ["chat", "commands", "text", "wire"].includes(folder))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ from }) => /^(?:bun|node:(?!buffer$|crypto$))/.test(from))
          .map(({ from }) => `${path} imports ${from}`),
      );
    expect(wrong).toEqual([]);
  });

  test("no folders import each other in a circle", () => {
    const edges = new Map<string, Set<string>>();
    for (const { folder, imports } of sources) {
      for (const item of imports) {
        const theirs = folderOf(item.from);
        if (theirs === undefined || theirs === folder) continue;
        edges.set(folder, (edges.get(folder) ?? new Set()).add(theirs));
      }
    }
    expect(cycleIn(edges)).toBeUndefined();
  });

  test("no files import each other in a circle at run time", () => {
    const edges = sources.map(({ path, imports }): [string, Set<string>] => [
      path,
      new Set(imports.filter((item) => !item.isTypeOnly && folderOf(item.from) !== undefined).map(({ from }) => from)),
    ]);
    expect(cycleIn(new Map(edges))).toBeUndefined();
  });
});

/** A path along the edges that ends where it began, if there is one. */
function cycleIn(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const seen = new Set<string>();
  const walk = (at: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(at)) return [...way, at];
    if (seen.has(at)) return undefined;
    seen.add(at);
    for (const next of edges.get(at) ?? []) {
      const found = walk(next, [...way, at]);
      if (found) return found;
    }
    return undefined;
  };
  for (const start of edges.keys()) {
    const found = walk(start, []);
    if (found) return found;
  }
  return undefined;
}

describe("files", () => {
  test("folders of src have at most two levels", () => {
    expect(paths.filter((path) => path.split("/").length > 3)).toEqual([]);
  });

  test("no file is called index, utils, types, helpers or the like", () => {
    const drawers = /^(?:index|utils?|types|helpers?|common|misc|shared|manager)\.ts$/;
    expect(paths.filter((path) => drawers.test(path.split("/").at(-1) ?? ""))).toEqual([]);
  });

  test("every export is named, and defined in the file that exports it", () => {
    const wrong = sources.filter(({ code }) => /^export\s+(?:default\b|\*)/m.test(code));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("no two exported types have one name", () => {
    const owners = new Map<string, string[]>();
    for (const { path, code } of sources) {
      for (const [, name = ""] of code.matchAll(/^export (?:abstract )?(?:interface|type|class|enum) (\w+)/gm)) {
        owners.set(name, [...(owners.get(name) ?? []), path]);
      }
    }
    expect([...owners].filter(([, files]) => files.length > 1)).toEqual([]);
  });

  test("only main reads arguments and environment, handles signals and exits", () => {
    const reach =
      /\bprocess\s*\.\s*(?:argv|env|exit|exitCode|on|once)\b|\bBun\s*\.\s*(?:argv|env)\b|\bimport\.meta\.env\b/;
    const wrong = sources.filter(({ path, code }) => path !== "main.ts" && reach.test(code));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("the core and the leaves do not read the clock or set timers", () => {
    const clocks = /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bset(?:Timeout|Interval|Immediate)\b/;
    const wrong = sources.filter(
      ({ folder, code }) => ["chat", "commands", "text", "wire"].includes(folder) && clocks.test(code),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("an act's outcome depends on the act and the state alone: the chat uses no time, chance, process or configuration", () => {
    const outside = /\bMath\.random\b|\bcrypto\b|\brandom[A-Z]\w*|\bprocess\.|\bBun\./;
    const chat = sources.filter(({ folder }) => folder === "chat");
    expect(chat.filter(({ code }) => outside.test(code)).map(({ path }) => path)).toEqual([]);
    expect(chat.flatMap(({ imports }) => imports).filter(({ from }) => !from.endsWith(".ts"))).toEqual([]);
    const checks = reached(sources.filter(({ path }) => path === "chat/rules/check.ts"));
    expect(checks.map(({ path }) => path)).toContain("chat/rules/bans.ts");
    const configured = checks.filter(({ code }) => /\b\w*[cC]onfig\b/.test(code));
    expect(configured.map(({ path }) => path)).toEqual([]);
  });
});

/** The files that use sockets, disk and process. All other files of the client also run in a browser. */
const CLIENT_SHELL = ["client/net/connect.ts", "client/run/config.ts", "client/run/system.ts"];

describe("the client's core", () => {
  const isShell = ({ path }: Source): boolean => CLIENT_SHELL.includes(path);
  const core = reached(sources.filter((source) => source.folder === "client" && !isShell(source)));

  test("includes the model, the commands, the view and the frame", () => {
    const paths = core.map(({ path }) => path);
    for (const path of [
      "client/model/update.ts",
      "client/commands/perform.ts",
      "client/ui/view.ts",
      "client/ui/screen.ts",
      "client/input/typing.ts",
      "client/run/conversation.ts",
      "client/net/link.ts",
      "client/ui/fullscreen.ts",
    ]) {
      expect(paths).toContain(path);
    }
  });

  test("imports no file of the shell, directly or indirectly", () => {
    expect(core.filter(isShell).map(({ path }) => path)).toEqual([]);
  });

  test("uses nothing of Bun, Node or a process", () => {
    const theirs = /\b(?:Bun|Buffer|process|globalThis|NodeJS|require|__dirname)\b|\bimport\.meta\b/;
    const clocks = /\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\b(?:set|clear)(?:Timeout|Interval|Immediate)\b/;
    // Quoted text is only words.
    const wrong = core.filter(({ code, imports }) => {
      const bare = code.replace(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.)*`/g, '""');
      return theirs.test(bare) || clocks.test(bare) || imports.some(({ from }) => /^(?:bun|node:)/.test(from));
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("has no mutable module variable", () => {
    const wrong = core.filter(({ code }) =>
      /^(?:export )?(?:let|var)\b|^(?:export )?const \w+ = new Map\(\);/m.test(code),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("can be bundled for a browser", async () => {
    const entrypoints = core.map(({ path }) => join(SRC, path));
    const built = await Bun.build({ entrypoints, target: "browser", packages: "external", throw: false });
    expect(built.logs.map(String)).toEqual([]);
    expect(built.success).toBe(true);
  });
});

describe("the page", () => {
  const page = reached(sources.filter(({ path }) => path.startsWith("web/page/")));

  test("is the client's core, drawn as elements", () => {
    const paths = page.map(({ path }) => path);
    for (const path of [
      "client/model/update.ts",
      "client/run/conversation.ts",
      "client/ui/view.ts",
      "client/ui/log.ts",
    ])
      expect(paths).toContain(path);
  });

  test("uses nothing of Bun, Node or a process, and nothing of the server or the terminal", () => {
    const theirs = /\b(?:Bun|Buffer|process|NodeJS|require|__dirname)\b|\bimport\.meta\b/;
    const wrong = page.filter(({ code, folder, path, imports }) => {
      const bare = code.replace(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.)*`/g, '""');
      const isElsewhere = folder === "server" || CLIENT_SHELL.includes(path) || path === "client/ui/terminal.ts";
      return isElsewhere || theirs.test(bare) || imports.some(({ from }) => /^(?:bun|node:)/.test(from));
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("makes no HTML of text", () => {
    const html = /\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment)\b/;
    expect(page.filter(({ code }) => html.test(code)).map(({ path }) => path)).toEqual([]);
  });
});

/** These files and all files that they import at run time, directly or indirectly. */
function reached(from: readonly Source[]): readonly Source[] {
  const found = new Set(from);
  for (const { imports } of found) {
    for (const { from, isTypeOnly } of imports) {
      const source = isTypeOnly ? undefined : sources.find(({ path }) => path === from);
      if (source !== undefined) found.add(source);
    }
  }
  return [...found];
}

/** Folders that are tested as a whole through the protocol, besides file by file. */
const TESTED_AS_A_WHOLE = ["irc", "plain"];

/** Files that are tested by another file's test, and that test. */
const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {
  "chat/model/refusal.ts": "test/chat/chat.test.ts",
  "chat/rules/apply.ts": "test/chat/chat.test.ts",
  "cli/files.ts": "test/cli/admin.test.ts",
  "client/model/messages.ts": "test/client/model/update.test.ts",
  "client/run/client.ts": "test/client/ui/fullscreen.test.ts",
  "client/run/process.ts": "test/client/ui/linear-run.test.ts",
  "client/run/tail.ts": "test/client/run/send.test.ts",
  "client/input/keymap.ts": "test/client/ui/fullscreen.test.ts",
  "client/ui/layout.ts": "test/client/ui/screen.test.ts",
  "client/ui/server-tab.ts": "test/client/ui/fullscreen.test.ts",
  "client/ui/view.ts": "test/client/ui/fullscreen.test.ts",
  "cluster/etcd-server.ts": "test/cluster/etcd.test.ts",
  "commands/context.ts": "test/commands/table.test.ts",
  "server/config/kinds.ts": "test/server/config/read.test.ts",
  "server/config/schema.ts": "test/server/config/read.test.ts",
  "server/libc.ts": "test/server/ops/systemd.test.ts",
  "server/peer/broadcast.ts": "test/server/peer/outbox.test.ts",
  "web/assets.ts": "test/web/page.test.ts",
  "web/bundle.ts": "test/web/page.test.ts",
  "web/page/browser.ts": "test/web/page.test.ts",
  "web/page/composer.ts": "test/web/page.test.ts",
  "web/page/dialogs.ts": "test/web/page.test.ts",
  "web/page/dom.ts": "test/web/page.test.ts",
  "web/page/log-pane.ts": "test/web/page.test.ts",
  "web/page/main.ts": "test/web/page.test.ts",
  "web/page/message.ts": "test/web/page.test.ts",
  "web/page/notifications.ts": "test/web/page.test.ts",
  "web/page/page.ts": "test/web/page.test.ts",
  "web/page/sidebar.ts": "test/web/page.test.ts",
};

const transpiler = new Bun.Transpiler({ loader: "ts" });

/** Whether the file has code besides types: a function or a class. */
function hasCode({ text }: Source): boolean {
  // The transpiler would run a macro, and looks for it in the wrong folder.
  return /\bfunction\b|=>|\bclass\b/.test(transpiler.transformSync(text.replace(/ with \{ type: "macro" \}/, "")));
}

function mirrorOf(path: string): string {
  return join("test", path.replace(/\.ts$/, ".test.ts"));
}

describe("tests", () => {
  test("every file of src with code has a test file at the same path in test", () => {
    const untested = sources
      .filter((source) => hasCode(source) && !existsSync(join(ROOT, mirrorOf(source.path))))
      .filter(({ path, folder }) => !(path in TESTED_ELSEWHERE) && !TESTED_AS_A_WHOLE.includes(folder));
    expect(untested.map(({ path }) => path)).toEqual([]);
  });

  test("a folder that is tested as a whole has at least two test files", () => {
    const tests = (folder: string) =>
      readdirSync(join(ROOT, "test", folder)).filter((name) => name.endsWith(".test.ts"));
    expect(TESTED_AS_A_WHOLE.filter((folder) => tests(folder).length < 2)).toEqual([]);
  });

  test("a file that is listed as tested elsewhere exists, has no test file of its own, and the listed test exists", () => {
    const stale = Object.entries(TESTED_ELSEWHERE).filter(
      ([path, where]) =>
        !paths.includes(path) || existsSync(join(ROOT, mirrorOf(path))) || !existsSync(join(ROOT, where)),
    );
    expect(stale).toEqual([]);
  });
});
