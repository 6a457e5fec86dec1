/** `bun run release`: the program for every system, its packages, and their checksums, into build/. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scripts } from "../../package.json";
import { debianPackage } from "./debian.ts";
import { npmPackages } from "./npm.ts";

const ROOT = join(import.meta.dir, "..", "..");
const CHECKSUMS = "SHA256SUMS";

/** A target: Bun's name for the system, and the file name. */
export interface Target {
  readonly system: string;
  readonly file: string;
}

/** All targets. Bun downloads the runtime of another system from the npm registry once. */
export const TARGETS: readonly Target[] = [
  { system: "bun-linux-x64", file: "tcpchat-linux-x64" },
  { system: "bun-linux-arm64", file: "tcpchat-linux-arm64" },
  { system: "bun-linux-x64-musl", file: "tcpchat-linux-x64-musl" },
  { system: "bun-linux-arm64-musl", file: "tcpchat-linux-arm64-musl" },
  { system: "bun-darwin-x64", file: "tcpchat-macos-x64" },
  { system: "bun-darwin-arm64", file: "tcpchat-macos-arm64" },
  { system: "bun-windows-x64", file: "tcpchat-windows-x64.exe" },
];

/** Builds the targets one after the other into an empty folder. Throws an `Error` that names the target that failed. */
export async function release(targets: readonly Target[], folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const target of targets) await build(target, folder);
  await writeChecksums(folder);
}

/** Lists the SHA-256 of every file in the folder, as `sha256sum --check` reads it. */
async function writeChecksums(folder: string): Promise<void> {
  const sums: string[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (file === CHECKSUMS) continue;
    const bytes = await Bun.file(join(folder, file)).bytes();
    sums.push(`${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}  ${file}\n`);
  }
  writeFileSync(join(folder, CHECKSUMS), sums.join(""));
}

/** Makes the packages of the built targets; without `dpkg-deb` there are no Debian packages, and a line says so. */
async function packages(folder: string): Promise<void> {
  if (Bun.which("dpkg-deb") === null) process.stderr.write("dpkg-deb is missing: no Debian packages are made.\n");
  else {
    await debianPackage(join(folder, "tcpchat-linux-x64"), "amd64", folder);
    await debianPackage(join(folder, "tcpchat-linux-arm64"), "arm64", folder);
  }
  await npmPackages(TARGETS, folder);
  await writeChecksums(folder);
}

/** Builds with the command of `bun run build`, for another system. */
async function build({ system, file }: Target, folder: string): Promise<void> {
  const path = join(folder, file);
  const command = scripts.build
    .replace(/^bun /, "")
    .replace(/ --outfile \S+$/, "")
    .replace(" --sourcemap", "");
  const building = Bun.spawn([process.execPath, ...command.split(" "), `--target=${system}`, "--outfile", path], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  if ((await building.exited) === 0) return;
  throw new Error(
    `${file} could not be built: ${(await building.stderr.text()).trim()}\n` +
      `Bun's runtime for ${system} comes from the npm registry, unless it was fetched before: is that reachable?`,
  );
}

if (import.meta.main) {
  const folder = join(ROOT, "build");
  try {
    await release(TARGETS, folder);
    await packages(folder);
    process.stdout.write(await Bun.file(join(folder, CHECKSUMS)).text());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}
