import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

function installed(program: string): string | undefined {
  return [Bun.which(program), `/usr/sbin/${program}`].find((path): path is string => path !== null && existsSync(path));
}

/** The command of a relay in this folder. Like all functions here: `undefined` if the program is not installed. */
export function script(runtime: string, file: string, port: number): readonly string[] | undefined {
  const path = installed(runtime);
  return path === undefined ? undefined : [path, join(import.meta.dir, file), String(port)];
}

/** ncat --chat, which takes at most 1,000 connections. */
export function ncat(port: number): readonly string[] | undefined {
  const path = installed("ncat");
  return path === undefined ? undefined : [path, "-l", "--chat", "--max-conns", "1000", "127.0.0.1", String(port)];
}

/** ngIRCd without flood control, look-ups and connection limits, otherwise with its defaults. */
export function ngircd(port: number, folder: string): readonly string[] | undefined {
  const path = installed("ngircd");
  if (path === undefined) return undefined;
  const file = join(folder, "ngircd.conf");
  writeFileSync(
    file,
    `[Global]
Name = irc.bench.example
Info = bench
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = bench
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 16
MaxPenaltyTime = 0
PingTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
`,
  );
  return [path, "-n", "-f", file];
}

/** InspIRCd without flood control, look-ups and connection limits, with long queues. */
export function inspircd(port: number, folder: string): readonly string[] | undefined {
  const path = installed("inspircd");
  if (path === undefined) return undefined;
  const file = join(folder, "inspircd.conf");
  const modules = [
    "cap",
    "ircv3",
    "ircv3_batch",
    "ircv3_ctctags",
    "ircv3_echomessage",
    "ircv3_msgid",
    "ircv3_servertime",
  ];
  writeFileSync(
    file,
    `<server name="irc.bench.example" description="bench" network="bench">
<admin name="bench" nick="bench" email="bench@bench.example">
<bind address="127.0.0.1" port="${port}" type="clients">
<connect name="all" allow="*" timeout="60" pingfreq="1h" hardsendq="16M" softsendq="16M" recvq="64K" threshold="100000"
  commandrate="100000000" fakelag="no" localmax="100000" globalmax="100000" limit="100000" maxchans="200"
  resolvehostnames="no" useident="no">
<performance netbuffersize="65534" softlimit="100000" somaxconn="4096" clonesonconnect="no">
<options defaultmodes="nt">
<path configdir="${folder}" datadir="${folder}" logdir="${folder}" runtimedir="${folder}">
<pid file="${join(folder, "pid")}">
${modules.map((name) => `<module name="${name}">`).join("\n")}
`,
  );
  const asRoot = process.getuid?.() === 0 ? ["--runasroot"] : [];
  return [path, ...asRoot, "--nofork", "--nopid", "--config", file];
}
