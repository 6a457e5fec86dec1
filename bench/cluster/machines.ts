import { existsSync, mkdirSync } from "node:fs";

/**
 * Machines of a cluster: a network namespace each, behind one bridge. All of it lives in a namespace of this process,
 * so that nothing of the real machine's network is touched.
 */

const INSIDE = "TCPCHAT_BENCH_NAMESPACE"; // set in the environment of the process inside the namespace
const BRIDGE = "10.77.0.1";

/** A machine of its own address; `cut` takes it off the network. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  /** The words before a command that run it on this machine. */
  readonly wrap: readonly string[];
  /** Takes the machine off the network, or puts it back. Packets are dropped; nobody is told. */
  cut(isCut: boolean): void;
}

/** Runs this program again inside a network namespace of its own, unless it is there already. Needs root. */
export function enterNamespace(): void {
  if (process.env[INSIDE] !== undefined) return;
  const again = ["unshare", "--net", "--mount", process.execPath, ...process.argv.slice(1)];
  const child = Bun.spawnSync(again, {
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
    env: { ...process.env, [INSIDE]: "1" },
  });
  process.exit(child.exitCode);
}

/** Makes the machines. Only inside the namespace of `enterNamespace`. */
export function makeMachines(names: readonly string[]): readonly Machine[] {
  run("ip", "link", "set", "lo", "up");
  run("mount", "-t", "tmpfs", "tmpfs", "/run");
  if (!existsSync("/run/netns")) mkdirSync("/run/netns");
  run("ip", "link", "add", "bridge", "type", "bridge");
  run("ip", "address", "add", `${BRIDGE}/24`, "dev", "bridge");
  run("ip", "link", "set", "bridge", "up");
  return names.map((name, at) => {
    const address = `10.77.0.${11 + at}`;
    run("ip", "netns", "add", name);
    run("ip", "link", "add", `to-${name}`, "type", "veth", "peer", "name", "eth0", "netns", name);
    run("ip", "link", "set", `to-${name}`, "master", "bridge", "up");
    for (const device of ["lo", "eth0"]) run("ip", "-n", name, "link", "set", device, "up");
    run("ip", "-n", name, "address", "add", `${address}/24`, "dev", "eth0");
    return {
      name,
      address,
      wrap: ["ip", "netns", "exec", name],
      cut: (isCut) => run("ip", "link", "set", `to-${name}`, isCut ? "down" : "up"),
    };
  });
}

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString().trim()}`);
}
