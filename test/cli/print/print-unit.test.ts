import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bookOf, unit, unitWarning } from "../../../src/cli/print/print.ts";
import { binary, nowhere } from "../../support/binary.ts";

const analyze = Bun.which("systemd-analyze") ?? "";

test.skipIf(analyze === "")("systemd accepts the unit", () => {
  const file = join(nowhere(), "tcpchat.service");
  writeFileSync(file, unit(bookOf(process.execPath)));
  const { exitCode, stderr } = Bun.spawnSync([analyze, "--man=no", "verify", file]);
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
});

/**
 * Runs a shell script, "$4", with the arguments "$1" to "$3" in namespaces and a control group of its own, in which systemd
 * can be the first process. "$3/groups" is an empty folder.
 */
const APART = `
mount -t cgroup2 cgroup2 "$3/groups" && mkdir "$3/groups/tcpchat-$$" || exit 1
(
  echo 0 > "$3/groups/tcpchat-$$/cgroup.procs" || exit 1
  exec unshare --pid --fork --kill-child --mount --uts --ipc --cgroup --net sh -c "$4" boot "$1" "$2" "$3"
)
code=$?
find "$3/groups/tcpchat-$$" -depth -type d -exec rmdir {} +
exit $code
`;

/**
 * Boots systemd in a machine with nothing but the folder "units" and the program, at the address 192.0.2.7. Arguments:
 * a folder for the machine's root, the program, and the folder with "units" and "out".
 */
const BOOT = `
set -e
ip link add eth0 type veth peer name eth1 && ip link set eth0 up && ip link set eth1 up && ip addr add 192.0.2.7/24 dev eth0
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir -p usr etc var/tmp run tmp proc sys dev units out home root old
for link in bin sbin lib lib64; do ln -s usr/$link $link; done
mount --bind /usr usr && mount -t tmpfs tmpfs usr/local && cp "$2" usr/local/tcpchat
mount --bind "$3/units" units && mount --bind "$3/out" out
mount -t proc proc proc && mount -t sysfs -o ro sysfs sys && mount -t cgroup2 cgroup2 sys/fs/cgroup && mount --rbind /dev dev
printf 'root:x:0:0::/root:/bin/sh\\ntcpchat:x:900:900::/:/bin/sh\\n' > etc/passwd
printf 'root:x:0:\\ntcpchat:x:900:\\n' > etc/group
pivot_root . old && umount -l old
exec env -i container=other SYSTEMD_UNIT_PATH=/units /lib/systemd/systemd --unit=ready.target --show-status=no
`;

const FAILS = "[Unit]\nFailureAction=exit-force\n[Service]\nRestart=no\n";
const SAYS = "StandardOutput=file:/out/said\nStandardError=file:/out/said\n";
/** The machine is off again, with exit code 0, once the service has said that it is ready. */
const READY = "[Unit]\nRequires=off.service\nAfter=off.service\n";
const OFF = `[Unit]
DefaultDependencies=no
Requires=tcpchat.service
After=tcpchat.service
SuccessAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/true
`;

/** Starts the service in a machine of its own. Returns systemd's exit code and what the service has said. */
async function start(text: string): Promise<readonly [code: number, said: string]> {
  const folder = nowhere();
  const units = join(folder, "units");
  mkdirSync(join(units, "tcpchat.service.d"), { recursive: true });
  for (const name of ["out", "root"]) mkdirSync(join(folder, name));
  writeFileSync(join(units, "tcpchat.service"), text);
  writeFileSync(join(units, "tcpchat.service.d", "test.conf"), FAILS + SAYS);
  writeFileSync(join(units, "ready.target"), READY);
  writeFileSync(join(units, "off.service"), OFF);
  for (const target of ["sysinit", "basic", "shutdown", "network-online"])
    writeFileSync(join(units, `${target}.target`), "[Unit]\nDefaultDependencies=no\n");
  const { exitCode, stderr } = runApart(folder, BOOT, await binary());
  expect(stderr.toString()).toBe("");
  return [exitCode, readFileSync(join(folder, "out", "said"), "utf8")];
}

function runApart(folder: string, script: string, program: string): Bun.SyncSubprocess<"pipe", "pipe"> {
  mkdirSync(join(folder, "groups"));
  const shell = ["unshare", "--mount", "--propagation=private", "sh", "-c", APART, "apart"];
  return Bun.spawnSync([...shell, join(folder, "root"), program, folder, script], { timeout: 20_000 });
}

/** Whether this machine lets systemd be started in another one: for root, with version 2 of control groups. */
const CAN_BOOT =
  process.getuid?.() === 0 &&
  ["ip", "unshare", "systemd-analyze"].every((program) => Bun.which(program) !== null) &&
  runApart(nowhere(), "test -x /lib/systemd/systemd", "").exitCode === 0;

describe.skipIf(!CAN_BOOT)("under systemd, with all that the unit forbids,", () => {
  const book = bookOf("/usr/local/tcpchat");

  test.each([undefined, "tcpchat"])("the server starts as the user %p, and knows its address", async (user) => {
    const [code, said] = await start(unit(book, user));
    expect(said).toContain("Server is running on port 9000");
    expect(said).toContain("From another machine: 192.0.2.7");
    expect(code).toBe(0);
  });

  test("the server starts where it may not read its address", async () => {
    const [code, said] = await start(unit(book).replace(" AF_NETLINK", ""));
    expect(said).toContain("Server is running on port 9000");
    expect(said).not.toContain("From another machine");
    expect(code).toBe(0);
  });
});

test("the unit starts the program that printed it, and waits until it reports ready", () => {
  const lines = unit(bookOf("/opt/chat/tcpchat")).split("\n");
  expect(lines).toContain("ExecStart=/opt/chat/tcpchat server --quiet");
  expect(lines).toContain("Type=notify");
});

test("a server that ends is started again without a limit, except for a wrong configuration", () => {
  const lines = unit(bookOf("/opt/chat/tcpchat")).split("\n");
  expect(lines).toContain("Restart=on-failure");
  expect(lines).toContain("StartLimitIntervalSec=0");
  expect(lines).toContain("RestartPreventExitStatus=2");
});

test("no core dump, which would contain messages, is written", () => {
  expect(unit(bookOf("/opt/chat/tcpchat")).split("\n")).toContain("LimitCORE=0");
});

test.each([
  ["/root/tcpchat", "/root (ProtectHome=yes)"],
  ["/home/ann/bin/tcpchat", "/home (ProtectHome=yes)"],
  ["/tmp/tcpchat", "/tmp (PrivateTmp=yes)"],
])("the warning for %s says why the unit cannot start it, and what works", (program, why) => {
  expect(unitWarning(program)).toContain(`the unit cannot start ${program}: it hides ${why}.`);
  expect(unitWarning(program)).toContain("/usr/local/bin/tcpchat print unit");
});

test.each(["/usr/local/bin/tcpchat", "/opt/home/tcpchat", "/homes/tcpchat"])("the unit can start %s", (program) => {
  expect(unitWarning(program)).toBeUndefined();
});
