/** The npm packages: `tcpchat`, which starts the program, and one package for each system with the program itself. */
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { description, license, version } from "../../package.json";
import type { Target } from "./release.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** Node's names of a system, as package.json has them. */
interface System {
  readonly os: string;
  readonly cpu: string;
  readonly libc?: string;
}

/** Bun's name of a system in Node's words: `bun-linux-x64-musl` is linux, x64, musl. */
function systemOf({ system }: Target): System {
  const [, os = "", cpu = "", libc] = system.split("-");
  const named = os === "windows" ? "win32" : os;
  return named === "linux" ? { os: named, cpu, libc: libc ?? "glibc" } : { os: named, cpu };
}

function nameOf(target: Target): string {
  return target.file.replace(/\.exe$/, "");
}

/** Finds the program in the package of this system and runs it; signals go to it, and its exit code is the script's. */
const START = `#!/usr/bin/env node
"use strict";
const { spawn } = require("node:child_process");
const { version, optionalDependencies } = require("./package.json");

const isMusl = process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime;
const os = { win32: "windows", darwin: "macos" }[process.platform] ?? process.platform;
const name = \`tcpchat-\${os}-\${process.arch}\${isMusl ? "-musl" : ""}\`;
const file = process.platform === "win32" ? "tcpchat.exe" : "tcpchat";

function programPath() {
  try {
    return require.resolve(\`\${name}/\${file}\`);
  } catch {
    const systems = Object.keys(optionalDependencies).map((other) => other.replace("tcpchat-", ""));
    process.stderr.write(
      name in optionalDependencies
        ? \`tcpchat: the package \${name} is missing; this helps: npm install \${name}@\${version}\\n\`
        : \`tcpchat: there is no program for this system; there is one for \${systems.join(", ")}\\n\`,
    );
    process.exit(1);
  }
}

const program = spawn(programPath(), process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => program.kill(signal));
program.on("error", ({ message }) => {
  process.stderr.write(\`tcpchat: \${message}\\n\`);
  process.exit(1);
});
program.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
`;

/** Packs `tcpchat` and the packages of the targets, whose programs lie in `folder`, into it; returns the files' paths. */
export async function npmPackages(targets: readonly Target[], folder: string): Promise<readonly string[]> {
  const common = { version, license };
  const files: string[] = [];
  for (const target of targets) {
    const name = nameOf(target);
    const system = Object.entries(systemOf(target)).map(([key, value]) => [key, [value]]);
    const file = target.file.endsWith(".exe") ? "tcpchat.exe" : "tcpchat";
    const about = { name, ...common, description: `The program of tcpchat for ${name.slice("tcpchat-".length)}` };
    files.push(
      await pack(folder, { ...about, ...Object.fromEntries(system), files: [file] }, (tree) => {
        copyFileSync(join(folder, target.file), join(tree, file));
        chmodSync(join(tree, file), 0o755);
      }),
    );
  }
  const optionalDependencies = Object.fromEntries(targets.map((target) => [nameOf(target), version]));
  const main = { name: "tcpchat", ...common, description, bin: { tcpchat: "tcpchat.js" }, optionalDependencies };
  files.push(
    await pack(folder, main, (tree) => {
      writeFileSync(join(tree, "tcpchat.js"), START, { mode: 0o755 });
      copyFileSync(join(ROOT, "README.md"), join(tree, "README.md"));
    }),
  );
  return files;
}

/** Runs `npm pack` on a package of its own folder. Throws an \`Error\` with npm's words. */
async function pack(folder: string, about: { readonly name: string }, fill: (tree: string) => void): Promise<string> {
  const tree = join(folder, `.npm-${about.name}`);
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  writeFileSync(join(tree, "package.json"), `${JSON.stringify(about, undefined, 2)}\n`);
  copyFileSync(join(ROOT, "LICENSE"), join(tree, "LICENSE"));
  fill(tree);
  const packing = Bun.spawn(["npm", "pack", "--pack-destination", folder], {
    cwd: tree,
    stdout: "pipe",
    stderr: "pipe",
  });
  if ((await packing.exited) !== 0) throw new Error(`npm pack: ${(await packing.stderr.text()).trim()}`);
  rmSync(tree, { recursive: true });
  return join(folder, `${about.name}-${version}.tgz`);
}
