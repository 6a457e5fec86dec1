import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";
import type { Machine } from "./machines.ts";

/** A cluster under test: an etcd and a node on each machine, as processes of the compiled programs. */

const READY = 30_000; // ms until everything has to run
const CHAT = 9000;
const CLIENTS = 2379;
const PEERS = 2380;
const SNAPSHOTS = 9001;
const TICKS = 100; // clock ticks per second in /proc

type Process = Bun.Subprocess;
type Kind = "etcd" | "node";

export interface ClusterSetup {
  readonly machines: readonly Machine[];
  /** The compiled tcpchat. */
  readonly binary: string;
  /** An etcd of 3.5.3 or newer. */
  readonly etcd: string;
  /** An empty folder. */
  readonly folder: string;
}

/** etcd's answer to a status request. */
interface EtcdStatus {
  readonly header: { readonly member_id: string };
  readonly leader?: string;
}

export class Cluster {
  readonly machines: readonly Machine[];
  readonly #setup: ClusterSetup;
  readonly #tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly #processes = new Map<string, Process>();
  /** Environment variables for a node started from now on, by machine. */
  readonly environment = new Map<Machine, Readonly<Record<string, string>>>();

  private constructor(setup: ClusterSetup, tls: { readonly ca: string; readonly cert: string; readonly key: string }) {
    this.#setup = setup;
    this.#tls = tls;
    this.machines = setup.machines;
  }

  /** Starts all machines' programs, and waits until every node takes people. */
  static async start(setup: ClusterSetup): Promise<Cluster> {
    const tls = await writeCertificates(setup);
    const cluster = new Cluster(setup, tls);
    for (const machine of setup.machines) cluster.startEtcd(machine);
    for (const machine of setup.machines) cluster.startNode(machine);
    for (const machine of setup.machines) await cluster.ready(machine);
    return cluster;
  }

  startEtcd(machine: Machine): void {
    const at = ({ address }: Machine, port: number) => `https://${address}:${port}`;
    const { ca, cert, key } = this.#paths(machine);
    const flags = {
      name: machine.name,
      "data-dir": join(this.#folder(machine), "etcd"),
      "listen-client-urls": at(machine, CLIENTS),
      "advertise-client-urls": at(machine, CLIENTS),
      "listen-peer-urls": at(machine, PEERS),
      "initial-advertise-peer-urls": at(machine, PEERS),
      "initial-cluster": this.machines.map((each) => `${each.name}=${at(each, PEERS)}`).join(","),
      "initial-cluster-state": "new",
      "trusted-ca-file": ca,
      "cert-file": cert,
      "key-file": key,
      "peer-trusted-ca-file": ca,
      "peer-cert-file": cert,
      "peer-key-file": key,
      "log-level": "error", // at "warn", a line for each request
    };
    const words = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    this.#spawn("etcd", machine, [this.#setup.etcd, ...words, "--client-cert-auth", "--peer-client-cert-auth"]);
  }

  startNode(machine: Machine): void {
    const { ca, cert, key } = this.#paths(machine);
    const logs = [machine, ...this.machines.filter((each) => each !== machine)];
    const config = join(this.#folder(machine), "server.toml");
    writeFileSync(
      config,
      `[server]
name = "chat.example.org"
listen = ["${machine.address}:${CHAT}"]

[limits]
exempt = ["10.77.0.0/24"]

[cluster]
node = "${machine.name}"
log = [${logs.map(({ address }) => `"https://${address}:${CLIENTS}"`).join(", ")}]
tls = { ca = "${ca}", cert = "${cert}", key = "${key}" }
listen = "${machine.address}:${SNAPSHOTS}"
`,
    );
    const data = this.dataFolder(machine);
    mkdirSync(data, { recursive: true });
    this.#spawn("node", machine, [this.#setup.binary, "server", "--config", config, "--data", data, "--quiet"]);
  }

  /** The folder of a node's history. */
  dataFolder(machine: Machine): string {
    return join(this.#folder(machine), "data");
  }

  /** Waits until a node takes people. Rejects after half a minute. */
  async ready(machine: Machine): Promise<void> {
    const end = performance.now() + READY;
    while (performance.now() < end) {
      if (await isHealthy(machine)) return;
      await Bun.sleep(100);
    }
    throw new Error(`The node ${machine.name} takes nobody; its log is in ${this.#folder(machine)}`);
  }

  /** Ends a program by a signal, and waits until it is gone. */
  async end(kind: Kind, machine: Machine, signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.#processes.get(`${kind} ${machine.name}`);
    child?.kill(signal);
    await child?.exited;
  }

  /** Sends a signal that a program survives. */
  signal(kind: Kind, machine: Machine, signal: "SIGSTOP" | "SIGCONT"): void {
    this.#processes.get(`${kind} ${machine.name}`)?.kill(signal);
  }

  /** CPU seconds that a program has used. */
  cpu(kind: Kind, machine: Machine): number {
    const pid = this.#processes.get(`${kind} ${machine.name}`)?.pid;
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }

  /** The machine whose etcd leads. Rejects if none answers. */
  async leader(): Promise<Machine> {
    for (const machine of this.machines) {
      const status = await this.#status(machine);
      const led = status?.leader === status?.header.member_id;
      if (status && led) return machine;
    }
    throw new Error("No etcd leads.");
  }

  async #status({ address }: Machine): Promise<EtcdStatus | undefined> {
    try {
      const answer = await fetch(`https://${address}:${CLIENTS}/v3/maintenance/status`, {
        method: "POST",
        body: "{}",
        tls: this.#tls,
        signal: AbortSignal.timeout(1000),
      });
      return (await answer.json()) as EtcdStatus;
    } catch {
      return undefined;
    }
  }

  async stop(): Promise<void> {
    for (const child of this.#processes.values()) child.kill("SIGKILL");
    await Promise.all([...this.#processes.values()].map(({ exited }) => exited));
  }

  #spawn(kind: Kind, machine: Machine, command: readonly string[]): void {
    const log = Bun.file(join(this.#folder(machine), `${kind}-${Date.now()}.log`));
    const child = Bun.spawn([...machine.wrap, ...command], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: log,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: this.#folder(machine),
        ...(kind === "node" ? this.environment.get(machine) : {}),
      },
    });
    this.#processes.set(`${kind} ${machine.name}`, child);
  }

  #folder({ name }: Machine): string {
    return join(this.#setup.folder, name);
  }

  #paths(machine: Machine): { readonly ca: string; readonly cert: string; readonly key: string } {
    const folder = this.#folder(machine);
    return { ca: join(folder, "ca.pem"), cert: join(folder, "node.pem"), key: join(folder, "node.key") };
  }
}

/** Whether a node answers `GET /healthz` on the chat's port with 200. */
async function isHealthy({ address }: Machine): Promise<boolean> {
  try {
    const answer = await fetch(`http://${address}:${CHAT}/healthz`, { signal: AbortSignal.timeout(1000) });
    return answer.status === 200;
  } catch {
    return false;
  }
}

/** Makes an authority and a certificate by it for each machine, and writes them to the machines' folders. */
async function writeCertificates({
  machines,
  folder,
}: ClusterSetup): Promise<{ readonly ca: string; readonly cert: string; readonly key: string }> {
  const common = { keyType: "ec", algorithm: "sha256" } as const;
  const authority = await generate([{ name: "commonName", value: "The cluster" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  let last = { ca: authority.cert, cert: "", key: "" };
  for (const { name, address } of machines) {
    const made = await generate([{ name: "commonName", value: name }], {
      ...common,
      ca: { key: authority.private, cert: authority.cert },
      extensions: [
        { name: "basicConstraints", cA: false },
        { name: "extKeyUsage", serverAuth: true, clientAuth: true },
        {
          name: "subjectAltName",
          altNames: [
            { type: 2, value: name },
            { type: 7, ip: address },
          ],
        },
      ],
    });
    const place = join(folder, name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "ca.pem"), authority.cert);
    writeFileSync(join(place, "node.pem"), made.cert);
    writeFileSync(join(place, "node.key"), made.private, { mode: 0o600 });
    last = { ca: authority.cert, cert: made.cert, key: made.private };
  }
  return last;
}
