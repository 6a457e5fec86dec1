import type { Folder } from "../run/state-store.ts";
import { addressName, bareHost, NotTrusted, type ServerAddress } from "./address.ts";

/** A server that has spoken TLS, and where that is written. */
export interface KnownServer {
  /** SHA-256 of the certificate it is known by: `AB:CD:…`; `undefined` where an authority vouched for it. */
  readonly fingerprint: string | undefined;
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A server's wish that clients come over TLS only (IRCv3 sts). */
export interface StsPolicy {
  /** The port on which it speaks TLS. */
  readonly port: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const TRUSTED = "trusted";

/** The file of a user's servers. */
export const KNOWN_SERVERS = "known_servers";

/**
 * The servers that have spoken TLS with us, a line each in a file: `HOST:PORT FINGERPRINT` for a certificate that
 * nobody vouches for, `HOST:PORT trusted` for one that an authority vouched for, and `HOST:PORT sts=PORT until=DATE`
 * for a server's wish that clients come over TLS only.
 */
export class KnownServers {
  readonly #folder: Folder;

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  find(address: ServerAddress): KnownServer | undefined {
    const name = keyOf(address);
    for (const [at, text] of this.#lines().entries()) {
      const [server, what] = wordsOf(text);
      if (server !== name || what === undefined || isPolicy(text)) continue;
      return {
        fingerprint: what === TRUSTED ? undefined : what,
        file: `${this.#folder.path}/${KNOWN_SERVERS}`,
        line: at + 1,
      };
    }
    return undefined;
  }

  /** Writes down a server's certificate, or without a fingerprint that it is trusted. Throws where that cannot be done. */
  add(address: ServerAddress, fingerprint: string | undefined): void {
    this.#append(`${keyOf(address)} ${fingerprint ?? TRUSTED}`);
  }

  /** The `sts` policy of the server at this place, if it has not expired. */
  policy(address: ServerAddress, now: number): StsPolicy | undefined {
    const name = keyOf(address);
    return this.#policies(now).find((row) => row.server === name)?.policy;
  }

  /** A wish of any server of this host. */
  policyOfHost(address: ServerAddress, now: number): StsPolicy | undefined {
    const host = bareHost(address).toLowerCase();
    return this.#policies(now).find(({ server }) => server.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1") === host)
      ?.policy;
  }

  /** Writes down what the server at this place wants; nothing takes it back. Throws where that cannot be done. */
  setPolicy(address: ServerAddress, policy: StsPolicy | undefined): void {
    const name = keyOf(address);
    const lines = this.#lines();
    const rest = lines.filter((text) => !(isPolicy(text) && wordsOf(text)[0] === name));
    if (policy === undefined && rest.length === lines.length) return;
    const line = policy && `${name} sts=${policy.port} until=${new Date(policy.until).toISOString()}`;
    if (rest.at(-1) === "") rest.pop();
    this.#folder.write(KNOWN_SERVERS, [...rest, ...(line === undefined ? [] : [line]), ""].join("\n"));
  }

  #policies(now: number): readonly { readonly server: string; readonly policy: StsPolicy }[] {
    return this.#lines().flatMap((text) => {
      const [, server = "", port = "", date = ""] = POLICY.exec(text) ?? [];
      const until = Date.parse(date);
      return until > now ? [{ server, policy: { port: Number(port), until } }] : [];
    });
  }

  #append(line: string): void {
    const begins = this.#lines().at(-1) === "" ? "" : "\n";
    this.#folder.append(KNOWN_SERVERS, `${begins}${line}\n`);
  }

  #lines(): readonly string[] {
    try {
      return (this.#folder.read(KNOWN_SERVERS) ?? "").split("\n");
    } catch (error) {
      // One that is there and cannot be read must not count as one that knows nobody.
      throw new NotTrusted([
        `which servers speak TLS cannot be read: ${error instanceof Error ? error.message : error}`,
        "It is a file of lines, and yours; where it cannot be mended, remove it.",
      ]);
    }
  }
}

const POLICY = /^\s*(\S+)\s+sts=(\d{1,5})\s+until=(\S+)/;

function isPolicy(line: string): boolean {
  return POLICY.test(line);
}

function keyOf(address: ServerAddress): string {
  return addressName(address).toLowerCase();
}

function wordsOf(line: string): readonly string[] {
  return line.trim().split(/\s+/);
}
