import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { binary, nowhere, Program } from "../support/binary.ts";
import { debianPackage } from "./debian.ts";
import { npmPackages } from "./npm.ts";
import { TARGETS } from "./release.ts";

/** Whether this process may mount an overlay over the machine's root, so that installed files are thrown away. */
const mayOverlay =
  Bun.which("unshare") !== null &&
  Bun.which("dpkg-deb") !== null &&
  Bun.spawnSync([
    "unshare",
    "-m",
    "sh",
    "-c",
    "mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w /mnt/m && mount -t overlay none -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/m",
  ]).exitCode === 0;

let made: Promise<string> | undefined;

/** The Debian package of the compiled binary, made once. */
function debian(): Promise<string> {
  made ??= binary().then((path) =>
    debianPackage(path, process.arch === "arm64" ? "arm64" : "amd64", nowhere(), "none"),
  );
  return made;
}

/** Runs a script as root in a copy of this machine, and returns what it printed. */
function inCopy(script: string): string {
  const lines = [
    "mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w /mnt/m",
    "mount -t overlay none -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/m",
    "mount --rbind /dev /mnt/m/dev && mount --rbind /proc /mnt/m/proc",
    'exec chroot /mnt/m sh -ec "$1"',
  ];
  const { exitCode, stdout, stderr } = Bun.spawnSync(["unshare", "-m", "sh", "-ec", lines.join("\n"), "sh", script]);
  if (exitCode !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout.toString();
}

test.skipIf(!mayOverlay)(
  "the Debian package gives a program, a service, a user and a data folder, keeps a configuration, and takes them away",
  async () => {
    const file = await debian();
    const told = inCopy(`
    dpkg -i ${file} >/dev/null 2>&1
    tcpchat --version
    stat -c '%U %a' /var/lib/tcpchat
    runuser -u tcpchat -- env XDG_CONFIG_HOME=/etc XDG_DATA_HOME=/var/lib tcpchat account add ann <<END
secret word
END
    runuser -u tcpchat -- env XDG_CONFIG_HOME=/etc XDG_DATA_HOME=/var/lib tcpchat account list
    for path in /lib/systemd/system/tcpchat.service /etc/tcpchat/server.toml /usr/share/man/man1/tcpchat.1.gz \\
      /usr/share/bash-completion/completions/tcpchat; do test -s $path; done
    echo '# ours' > /etc/tcpchat/server.toml
    dpkg -i ${file} >/dev/null 2>&1
    cat /etc/tcpchat/server.toml
    dpkg -P tcpchat >/dev/null 2>&1
    test ! -e /var/lib/tcpchat -a ! -e /usr/bin/tcpchat -a ! -e /etc/tcpchat && echo gone`);
    expect(told).toContain(`tcpchat ${version}\ntcpchat 700\n`);
    expect(told).toMatch(/ann.*\n# ours\ngone\n$/s);
  },
);

test.skipIf(Bun.which("lintian") === null || Bun.which("dpkg-deb") === null)(
  "lintian finds no fault in the Debian package",
  async () => {
    const file = await debian();
    const { stdout } = Bun.spawnSync([
      "lintian",
      "--allow-root",
      "--suppress-tags",
      "uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball",
      file,
    ]);
    expect(stdout.toString()).toBe("");
  },
);

test("the npm packages run the program, and give its exit code on", async () => {
  const own = TARGETS.filter(({ system }) => system === `bun-${process.platform}-${process.arch}`);
  const folder = nowhere();
  for (const { file } of own) copyFileSync(await binary(), join(folder, file));
  const packages = await npmPackages(own, folder);
  const place = join(folder, "place");
  mkdirSync(place);
  writeFileSync(join(place, "package.json"), "{}");
  const npm = Bun.spawnSync(["npm", "install", "--offline", "--no-audit", "--no-fund", ...packages], { cwd: place });
  expect([npm.exitCode, npm.stderr.toString()]).toEqual([0, ""]);
  await using right = Program.run(["npx", "--offline", "tcpchat", "--version"], {}, place);
  expect([await right.exit(), right.stdout]).toEqual([0, `tcpchat ${version}\n`]);
  await using wrong = Program.run(["npx", "--offline", "tcpchat", "servre"], {}, place);
  expect(await wrong.exit()).toBe(2);
  expect(wrong.stderr).toContain("did you mean server?");
});

test("where the program of this system is missing, the npm package says how to get it", async () => {
  const folder = nowhere();
  const [file = ""] = await npmPackages([], folder);
  const unpacked = Bun.spawnSync(["tar", "xzf", file], { cwd: folder });
  expect(unpacked.exitCode).toBe(0);
  await using program = Program.run(["node", join(folder, "package", "tcpchat.js")]);
  expect(await program.exit()).toBe(1);
  expect(program.stderr).toContain("there is no program for this system");
});

test("the health check of the image finds a running server well, and a missing one not", async () => {
  const dockerfile = readFileSync(join(import.meta.dir, "..", "..", "Dockerfile"), "utf8");
  const [, words = ""] = /^HEALTHCHECK .* CMD (\[.*\])$/m.exec(dockerfile) ?? [];
  const check = (port: number) => (JSON.parse(words) as string[]).map((word) => word.replace("/9000", `/${port}`));
  const server = await Program.server();
  await using well = Program.run(check(server.port));
  expect(await well.exit()).toBe(0);
  await server[Symbol.asyncDispose]();
  await using missing = Program.run(check(server.port));
  expect(await missing.exit()).not.toBe(0);
});
