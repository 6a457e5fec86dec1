/** `bun run release`: the binary for every system, and their checksums, into build/. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scripts } from "../package.json";

const ROOT = join(import.meta.dir, "..");
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
  const sums: string[] = [];
  for (const target of targets) {
    await build(target, folder);
    const bytes = await Bun.file(join(folder, target.file)).bytes();
    sums.push(`${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}  ${target.file}\n`);
  }
  writeFileSync(join(folder, CHECKSUMS), sums.join(""));
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
    process.stdout.write(await Bun.file(join(folder, CHECKSUMS)).text());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}
