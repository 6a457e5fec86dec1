import type { Duplex } from "node:stream";
import type { IncomingClient, ParsedKey } from "ssh2";
import { blockOf } from "../server/net/networks.ts";
import type { FirstBytes } from "../server/net/protocol-detector.ts";
import type { Connection } from "../server/peer/connection.ts";
import { Deadlines } from "../server/peer/deadlines.ts";
import type { ProtocolHost } from "../server/serve.ts";
import { closing } from "../wire/closing.ts";
import { refusalOf, SshConnection } from "./connection.ts";
import { FrameBudget } from "./frame-budget.ts";
import type { HostKey } from "./host-key.ts";
import type { RunProgram, SshSession } from "./session.ts";

const GRACE = 20_000; // ms for a login
const WAITING = 128; // connections that wait until a login under way is over
const KEEPALIVE = 60_000; // ms of silence before the client is asked whether it is there

/** The parts of an SSH server. */
export interface SshSetup {
  /** Makes the host key, or reads it, at its first use. */
  readonly hostKey: () => HostKey;
  /** The program's version, which clients are told. */
  readonly version: string;
  readonly run: RunProgram;
  /** ms for a login; overrides the default. */
  readonly grace?: number;
}

/** ssh2, loaded. */
export interface Library {
  /** Speaks SSH on a stream; `connected` is called once the client has sent its first line. */
  speak(stream: Duplex, connected: (client: IncomingClient) => void): void;
  /** Parses a public key in SSH's binary form. */
  parseKey(data: Buffer): ParsedKey | undefined;
}

/**
 * All SSH connections of a server, and what they share: ssh2, which is loaded when the first client comes; the host key;
 * the limits; the frame budget.
 */
export class SshServer {
  readonly setup: SshSetup;
  readonly host: ProtocolHost;
  readonly graces: Deadlines<SshConnection>;
  readonly frames = new FrameBudget({
    now: () => performance.now(),
    after: (delay, act) => {
      if (delay === 0) {
        const immediate = setImmediate(act);
        return () => clearImmediate(immediate);
      }
      const timer = setTimeout(act, delay);
      return () => clearTimeout(timer);
    },
  });
  #library: Promise<Library> | undefined;
  /** Connections that have not logged in, oldest first. */
  readonly #arriving = new Set<SshConnection>();
  /** Connections that wait for one of the logins under way to end, oldest first. */
  readonly #waiting = new Set<SshConnection>();
  readonly #sessions = new Set<SshSession>();

  constructor(setup: SshSetup, host: ProtocolHost) {
    this.setup = setup;
    this.host = host;
    this.graces = new Deadlines(setup.grace ?? GRACE, (due) => due.graceOver());
  }

  /** SSH, by the first bytes that every client sends (RFC 4253 4.2). */
  readonly firstBytes: FirstBytes = {
    look: (bytes) => {
      if (!this.host.config.ssh.enabled) return "no";
      const begin = Buffer.from(bytes.subarray(0, BEGIN.length)).toString("latin1");
      if (begin !== BEGIN.slice(0, begin.length)) return "no";
      const digit = bytes[BEGIN.length];
      return digit === undefined ? "maybe" : digit >= 0x30 && digit <= 0x39 ? "whole" : "no";
    },
    take: (connection, bytes, registry) => {
      const hasRoom = this.#hasRoomFor(connection);
      if (!hasRoom && this.#waiting.size >= WAITING) {
        registry.tick.markOverloaded();
        const reason = closing("ssh-logins", "Too many SSH logins at once; try again in a moment");
        connection.push(refusalOf(identOf(this.setup), reason));
        return connection.finish(reason);
      }
      const ssh = new SshConnection(this, connection, registry);
      ssh.received(bytes);
      if (hasRoom) this.#begin(ssh);
      else this.#waiting.add(ssh);
    },
  };

  loggedIn(connection: SshConnection): void {
    this.#arriving.delete(connection);
    this.#beginNext();
  }

  gone(connection: SshConnection): void {
    this.#waiting.delete(connection);
    this.#arriving.delete(connection);
    this.#beginNext();
  }

  #begin(ssh: SshConnection): void {
    this.#arriving.add(ssh);
    this.#library ??= load(this.setup);
    this.#library.then(
      (library) => ssh.speak(library),
      (error: unknown) => ssh.failed(error),
    );
  }

  /** Begins the logins that there is room for; those of addresses with the fewest under way come first. */
  #beginNext(): void {
    const { logins } = this.host.config.ssh;
    while (this.#waiting.size > 0 && (logins === 0 || this.#arriving.size < logins)) {
      const counts = this.#loginsByBlock();
      const under = ({ connection }: SshConnection) => counts.get(blockOf(connection.address)) ?? 0;
      const next = [...this.#waiting].reduce((least, ssh) => (under(ssh) < under(least) ? ssh : least));
      this.#waiting.delete(next);
      this.#begin(next);
    }
  }

  /** How many logins are under way from each address or IPv6 /64. */
  #loginsByBlock(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { connection } of this.#arriving) {
      const block = blockOf(connection.address);
      counts.set(block, (counts.get(block) ?? 0) + 1);
    }
    return counts;
  }

  /** Counts a session's program. If there are too many, returns the words for the user. */
  start(session: SshSession): string | undefined {
    const most = this.host.config.ssh.sessions;
    if (most > 0 && this.#sessions.size >= most) return "too many people use this server over SSH; try again later";
    this.#sessions.add(session);
    return undefined;
  }

  ended(session: SshSession): void {
    this.#sessions.delete(session);
  }

  /**
   * Whether a connection may log in. When too many logins are under way, disconnects the oldest one of the address with the
   * most, if the new connection's address has fewer: so one address cannot keep the others out.
   */
  #hasRoomFor({ address }: Connection): boolean {
    const { logins } = this.host.config.ssh;
    if (logins === 0 || this.#arriving.size < logins) return true;
    const counts = this.#loginsByBlock();
    const most = Math.max(...counts.values());
    if (most <= (counts.get(blockOf(address)) ?? 0) + 1) return false;
    const oldest = this.#arriving.values().find(({ connection }) => counts.get(blockOf(connection.address)) === most);
    if (oldest) this.#arriving.delete(oldest);
    oldest?.disconnect(closing("ssh-logins"));
    return true;
  }
}

const BEGIN = "SSH-";

/** The server's name and version in its first line. */
function identOf({ version }: SshSetup): string {
  return `tcpchat_${version}`;
}

/** Loads ssh2, which takes a moment and some memory: only once a client needs it. */
async function load(setup: SshSetup): Promise<Library> {
  const { Server, utils } = await import("ssh2");
  const connections = new WeakMap<Duplex, (client: IncomingClient) => void>();
  const server = new Server(
    {
      hostKeys: [setup.hostKey().pem],
      ident: identOf(setup),
      keepaliveInterval: KEEPALIVE,
      algorithms: {
        // ssh2 hangs if a client guesses the first one rightly, as dropbear does with curve25519-sha256.
        kex: ["curve25519-sha256@libssh.org", "curve25519-sha256", "ecdh-sha2-nistp256"],
        cipher: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr"],
        hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
        compress: ["none"],
      },
    },
    (client) => connections.get(client._sock)?.(client),
  );
  return {
    speak(stream, connected) {
      connections.set(stream, connected);
      server.injectSocket(stream);
    },
    parseKey(data) {
      const parsed = utils.parseKey(data);
      if (parsed instanceof Error) return undefined;
      return "type" in parsed ? parsed : parsed[0];
    },
  };
}
