import { networkInterfaces } from "node:os";
import { MonitorError } from "./monitor.ts";

/** What a person who has just started a server wants to copy. Shown on stderr, a line each. `fingerprint`: of its certificate. */
export function startupHints(port: number, data: string | undefined, fingerprint?: string): readonly string[] {
  const at = port === 9000 ? "" : ` 127.0.0.1:${port}`;
  const lines = [
    "",
    `${`  tcpchat client${at}`.padEnd(34)}our client`,
    `${`  nc 127.0.0.1 ${port}`.padEnd(34)}anything that speaks TCP`,
    `${`  /connect 127.0.0.1 ${port}`.padEnd(34)}any IRC client`,
  ];
  const address = outerAddress();
  if (address) lines.push(`${`  nc ${address} ${port}`.padEnd(34)}from another machine`);
  if (fingerprint !== undefined)
    lines.push("", "TLS is spoken on the same port. The certificate's SHA-256 fingerprint:", `  ${fingerprint}`);
  lines.push(
    "",
    data === undefined
      ? "Nothing is kept on disk. Ctrl-C stops the server."
      : `History is kept in ${data}. Ctrl-C stops the server.`,
    "",
  );
  return lines;
}

function outerAddress(): string | undefined {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, internal, address } of addresses ?? []) if (family === "IPv4" && !internal) return address;
  }
  return undefined;
}

/** Why listening failed, in a sentence that says what would work; `undefined` for what is not a matter of listening. */
export function listenTrouble(error: unknown, listen: readonly string[]): string | undefined {
  if (error instanceof MonitorError) return error.message;
  if (!(error instanceof Error)) return undefined;
  // For a name that nobody knows, Bun has no code.
  const code = "code" in error ? error.code : error.message.startsWith("Failed to listen") ? "ENOTFOUND" : undefined;
  if (code === undefined) return undefined;
  const file = "address" in error && listen.includes(`unix:${error.address}`) ? String(error.address) : undefined;
  const port = "port" in error && typeof error.port === "number" ? error.port : portOf(listen);
  const where = listen.join(", ");
  switch (code) {
    case "EADDRINUSE":
      if (file)
        return `${file} is in use by another server, or left over from one.\nIf none runs, this would work: rm ${file}`;
      return `port ${port} is in use, perhaps by another server.\nThis would work: tcpchat server --port ${port < 65535 ? port + 1 : 0}`;
    case "EACCES":
    case "EPERM":
      if (port === 0) break;
      return `port ${port} is not open to you: ports below 1024 need privileges.\nThis would work: tcpchat server --port 9000`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_NONAME":
    case "DNS_ENOTFOUND":
      return `${where}: this machine has no such address.\nThis would work: tcpchat server --host 0.0.0.0`;
  }
  return `cannot listen on ${where}: ${error.message}`;
}

function portOf(listen: readonly string[]): number {
  return Number(/:(\d+)$/.exec(listen[0] ?? "")?.[1] ?? 0);
}
