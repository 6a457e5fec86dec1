import { messageOf } from "../../text/filter.ts";
import type { Folder } from "../run/state-store.ts";
import { addressName, bareHost, NotTrusted, type ServerAddress } from "./address.ts";

/** A server that has spoken TLS, and the line that records it. */
export interface KnownServer {
  /** SHA-256 of the pinned certificate: `AB:CD:…`; `undefined` if an authority signed the certificate. */
  readonly fingerprint: string | undefined;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** A server requires TLS (IRCv3 sts). */
export interface StsPolicy {
  /** Its TLS port. */
  readonly port: number;
  /** When the policy expires, in milliseconds since 1970. */
  readonly until: number;
}

const TRUSTED = "trusted";

/** The name of the file. */
export const KNOWN_SERVERS = "known_servers";

/**
 * The servers that have spoken TLS with us, a line each in a file that people may edit: `HOST:PORT FINGERPRINT` for a
 * pinned self-signed certificate, `HOST:PORT trusted` for one signed by an authority, `HOST:PORT sts=PORT until=DATE`
 * for a server that requires TLS. All methods throw if the file cannot be read or written.
 */
export class KnownServers {
  readonly #folder: Folder;

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  find(address: ServerAddress): KnownServer | undefined {
    const name = keyOf(address);
    for (const [at, text] of this.#lines().entries()) {
      const [server, pin] = fieldsOf(text);
      if (server !== name || pin === undefined || isPolicy(text)) continue;
      return {
        fingerprint: pin === TRUSTED ? undefined : pin,
        file: `${this.#folder.path}/${KNOWN_SERVERS}`,
        line: at + 1,
      };
    }
    return undefined;
  }

  /** Records a server: pins its certificate, or without a fingerprint records it as signed by an authority. */
  add(address: ServerAddress, fingerprint: string | undefined): void {
    this.#append(`${keyOf(address)} ${fingerprint ?? TRUSTED}`);
  }

  /** The `sts` policy of the server at an address, unless it has expired. */
  policy(address: ServerAddress, now: number): StsPolicy | undefined {
    const name = keyOf(address);
    return this.#policies(now).find((row) => row.server === name)?.policy;
  }

  /** The `sts` policy of any server on a host. */
  policyOfHost(address: ServerAddress, now: number): StsPolicy | undefined {
    const host = bareHost(address.host).toLowerCase();
    return this.#policies(now).find(({ server }) => bareHost(server.replace(/:\d+$/, "")) === host)?.policy;
  }

  /** Records the `sts` policy of the server at an address; `undefined` removes it. */
  setPolicy(address: ServerAddress, policy: StsPolicy | undefined): void {
    const name = keyOf(address);
    const lines = this.#lines();
    const rest = lines.filter((text) => !(isPolicy(text) && fieldsOf(text)[0] === name));
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
    const separator = this.#lines().at(-1) === "" ? "" : "\n";
    this.#folder.append(KNOWN_SERVERS, `${separator}${line}\n`);
  }

  #lines(): readonly string[] {
    try {
      return (this.#folder.read(KNOWN_SERVERS) ?? "").split("\n");
    } catch (error) {
      // An unreadable file must not count as an empty one.
      throw new NotTrusted([
        `the list of servers that speak TLS cannot be read: ${messageOf(error)}`,
        "The list is a text file of yours; if it cannot be repaired, remove it.",
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

function fieldsOf(line: string): readonly string[] {
  return line.trim().split(/\s+/);
}
