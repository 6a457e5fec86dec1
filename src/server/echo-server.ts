import { decode } from "../text/bytes.ts";
import { showLine } from "../text/filter.ts";
import { type Closing, closing } from "../wire/closing.ts";
import type { Peer, Protocol } from "../wire/protocol.ts";
import { NO_LIMITS } from "./limits/connection-limiter.ts";
import { AuditLog } from "./ops/audit-log.ts";
import { ConnectionRegistry } from "./peer/connection-registry.ts";
import { openListeners, type Running, type ServeSetup } from "./serve.ts";

/** The settings of the echo server. */
interface EchoSetup {
  /** `{message}` stands for the message. */
  readonly reply: string;
  /** Called for each message with `ADDRESS:PORT MESSAGE`, safe to show. */
  readonly print: (line: string) => void;
}

/** Runs the echo server on every entry of `listen`. */
export function serveOnce(
  listen: readonly string[],
  setup: EchoSetup,
  { failed, log }: Pick<ServeSetup, "failed" | "log">,
): Running {
  const answer = (peer: Peer) => new EchoProtocol(peer, setup);
  const registry = new ConnectionRegistry({
    clock: () => performance.now(),
    cloakKey: new Uint8Array(32),
    sendQueue: () => 1 << 20,
    sendQueues: () => 1 << 26,
    isExempt: () => true,
    limits: { ...NO_LIMITS, floodProtection: false, floodBurst: 1, floodRate: 1 },
    commit: () => true,
    housekeeping: () => {},
    failed,
    auditLog: new AuditLog(log),
    protocols: { person: answer, client: answer, browser: answer },
  });
  return { ...openListeners(registry, listen), notifyAll: () => {}, reload: () => {} };
}

/** The echo server's protocol: reads one message, prints it, replies, and closes gracefully. No chat. */
class EchoProtocol implements Protocol {
  readonly #peer: Peer;
  readonly #setup: EchoSetup;

  constructor(peer: Peer, setup: EchoSetup) {
    this.#peer = peer;
    this.#setup = setup;
  }

  line(bytes: Uint8Array): void {
    const message = decode(bytes);
    this.#setup.print(`${this.#peer.address}:${this.#peer.port} ${showLine(message)}`);
    this.#peer.push(Buffer.from(`${this.#setup.reply.replaceAll("{message}", () => message)}\n`));
    this.#peer.finish(closing("answered"));
  }

  overlong(): void {
    this.#peer.push(Buffer.from("That message is too long.\n"));
    this.#peer.finish(closing("line-length"));
  }

  end(): void {
    this.#peer.finish(closing("closed"));
  }

  gone(): void {}

  farewell(closing: Closing): void {
    this.#peer.finish(closing);
  }

  housekeep(): void {}
}
