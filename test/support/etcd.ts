import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An etcd program of this version works. */
const OLDEST = "3.5.3";

/** Certificates of an etcd that speaks TLS, as files. */
export interface EtcdFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A running etcd server, the only one of its cluster. */
export interface RunningEtcd extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Ends it, and returns a copy of its data. */
  kill(): Promise<string>;
}

/** The etcd program for tests: `$ETCD_BIN`, or the one on the PATH; `undefined` if there is none, or it is too old. */
export const ETCD = findEtcd();

function findEtcd(): string | undefined {
  const program = process.env.ETCD_BIN ?? Bun.which("etcd");
  if (!program) return undefined;
  const version = /^etcd Version: (\S+)/.exec(Bun.spawnSync([program, "--version"]).stdout.toString())?.[1];
  if (version !== undefined && Bun.semver.order(version, OLDEST) >= 0) return program;
  console.log(`${program} is etcd ${version ?? "of an unknown version"}: the tests need ${OLDEST} or newer`);
  return undefined;
}

/** Starts an etcd with an empty database, or with a copy of these data, and resolves when it answers. */
export async function startEtcd(files?: EtcdFiles, data?: string): Promise<RunningEtcd> {
  if (ETCD === undefined) throw new Error("There is no etcd to start");
  for (;;) {
    const folder = mkdtempSync(join(tmpdir(), "tcpchat-etcd-"));
    if (data !== undefined) cpSync(data, folder, { recursive: true });
    const url = `${files ? "https" : "http"}://127.0.0.1:${await freePort()}`;
    const tls = files && [
      `--cert-file=${files.cert}`,
      `--key-file=${files.key}`,
      `--trusted-ca-file=${files.ca}`,
      "--client-cert-auth",
    ];
    const options = [
      `--data-dir=${folder}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      "--listen-peer-urls=http://127.0.0.1:0",
      "--heartbeat-interval=10", // ms; the first leader is there at once
      "--election-timeout=100",
      "--unsafe-no-fsync",
      "--log-level=info",
      ...(tls ?? []),
    ];
    const process = Bun.spawn([ETCD, ...options], { stdout: "ignore", stderr: "pipe" });
    const stop = async () => {
      process.kill("SIGKILL");
      await process.exited;
      rmSync(folder, { recursive: true, force: true });
    };
    const kill = async () => {
      process.kill("SIGKILL");
      await process.exited;
      const copy = mkdtempSync(join(tmpdir(), "tcpchat-etcd-"));
      cpSync(folder, copy, { recursive: true });
      return copy;
    };
    if (await saysReady(process.stderr)) return { url, pid: process.pid, kill, [Symbol.asyncDispose]: stop };
    await stop(); // another program has taken the port
  }
}

/** Reads etcd's log to its end; resolves when etcd serves clients, or to false if it exits before. */
function saysReady(log: ReadableStream<Uint8Array>): Promise<boolean> {
  return new Promise((resolve) => {
    const read = async () => {
      let text = "";
      let isReady = false;
      for await (const chunk of log) {
        if (isReady) continue;
        text += Buffer.from(chunk).toString();
        isReady = text.includes("serving client traffic");
        if (isReady) resolve(true);
      }
      resolve(false);
    };
    void read();
  });
}

/** A port of the loopback address that is free at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
