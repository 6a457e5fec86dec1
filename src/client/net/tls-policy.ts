import { messageOf, showText } from "../../text/filter.ts";
import { dateOf } from "../../text/time.ts";
import { addressName, bareHost, NotTrusted, type ServerAddress } from "./address.ts";
import type { KnownServer, KnownServers } from "./known-servers.ts";

const ERROR_TEXT = 200; // characters shown of a certificate error
const LONGEST_POLICY = 10 * 365 * 86_400; // seconds: the longest sts policy that is kept

/** Certificate authorities that replace the system's. */
export interface Authority {
  readonly file: string;
  /** Their certificates, in PEM. */
  readonly pem: string;
}

/** The parts of an X.509 certificate that are checked. */
interface Certificate {
  /** SHA-256: `AB:CD:…`. */
  readonly fingerprint256: string;
  /** Distinguished names; equal for a self-signed certificate. */
  readonly issuer: string;
  readonly subject: string;
  /** The name in the certificate that matches a host or an IP address; `undefined` if none does. */
  checkHost(host: string): string | undefined;
  checkIP(address: string): string | undefined;
}

/** Why there was no TLS handshake, as shown to the user. */
export type HandshakeFailure = "its answer is not TLS" | "it closes the connection" | "no answer to a handshake";

/** The circumstances that decide a TLS policy. */
export interface TlsPolicySetup {
  readonly knownServers: KnownServers;
  readonly authority: Authority | undefined;
  /** The user asks for TLS, by a link `ircs://`. */
  readonly isAsked?: boolean | undefined;
  /** Connections to the server stay on this machine. */
  readonly isNear: boolean;
  /** The secret that must not be sent in plain text: an account's password or the server's; `undefined` for none. */
  readonly secret?: "login" | "server password" | undefined;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Shows a sentence to the user, where the conversation has no place for it. */
  readonly told?: ((words: string) => void) | undefined;
}

/**
 * The TLS policy for one server: whether TLS is tried or required, and which certificate is accepted.
 *
 * A certificate signed by an authority is accepted; a self-signed one is pinned on first use. A server that has spoken
 * TLS is recorded, and from then on TLS is required. Plain text is used only by a guest without a secret, with an
 * unknown server that does not speak TLS; with a secret, a plain connection only asks for the TLS port (IRCv3 sts).
 */
export class TlsPolicy {
  readonly told: ((words: string) => void) | undefined;
  readonly authority: Authority | undefined;
  readonly #given: ServerAddress;
  readonly #setup: TlsPolicySetup;
  #port: number;
  /** Why the last handshake failed. */
  #failure: HandshakeFailure = "no answer to a handshake";
  /** The server has spoken TLS in this run, or asked for it. */
  #hasSpokenTls = false;
  /** Milliseconds for which the server requires TLS (sts). */
  #duration: number | undefined;
  /** The last certificate was signed by an authority. */
  #isVerified = false;

  constructor(address: ServerAddress, setup: TlsPolicySetup) {
    this.told = setup.told;
    this.authority = setup.authority;
    this.#given = address;
    this.#setup = setup;
    this.#port = address.port;
  }

  /** The address to connect to: the given one, or another port if the server asked for that. */
  get address(): ServerAddress {
    return { host: this.#given.host, port: this.#port };
  }

  /** Looks up the recorded policy of the server. Throws if that cannot be read. */
  prepare(): void {
    this.#port = this.#setup.knownServers.policy(this.#given, this.#setup.clock())?.port ?? this.#port;
  }

  /** Whether TLS is tried. */
  get triesTls(): boolean {
    return !this.#setup.isNear || this.requiresTls;
  }

  /** Whether TLS is required. */
  get requiresTls(): boolean {
    return this.#reason !== undefined;
  }

  /**
   * The uses of plain text that are allowed after a failed handshake: everything, only asking for the TLS port (IRCv3 sts), or
   * nothing. No answer at all allows nothing, since an attacker could suppress the answer.
   */
  plainFor(why: HandshakeFailure): "all" | "asking" | "nothing" {
    this.#failure = why;
    if (this.requiresTls || why === "no answer to a handshake") return "nothing";
    return this.#setup.secret === undefined ? "all" : "asking";
  }

  /** The refusal of a server that should speak TLS and does not. */
  refusal(): NotTrusted {
    const why = this.#failure;
    const name = addressName(this.address);
    const lasts = why === "its answer is not TLS";
    const reason = this.#reason;
    if (reason !== undefined) {
      const pin = this.#pin;
      const remove = pin ? `remove line ${pin.line} of ${pin.file}, or use ` : "use ";
      return new NotTrusted(
        [
          `${name} does not speak TLS (${why}), though ${reason}: someone may be intercepting the connection, so plain text is not tried`,
          `If that is intended: ${remove}--no-tls.`,
        ],
        lasts,
      );
    }
    const { secret } = this.#setup;
    if (secret === undefined) {
      const words = "that alone is no reason for plain text";
      return new NotTrusted([`${name}: ${why}; ${words}`, "If you know that it does not speak TLS: --no-tls."], lasts);
    }
    const guest = secret === "login" ? " To connect without a login: --guest." : "";
    return new NotTrusted(
      [
        `${name} does not speak TLS (${why}): a password is not sent in plain text`,
        `If you trust the network in between: --no-tls.${guest}`,
      ],
      lasts,
    );
  }

  /**
   * Checks a certificate and the error of its verification. Returns a sentence for the user, if there is one; throws
   * `NotTrusted`.
   */
  judge(certificate: Certificate, error: Error | null | undefined): string | undefined {
    const notice = this.#judge(certificate, error);
    this.#hasSpokenTls = true;
    return notice;
  }

  /** The server asks for TLS on a port (IRCv3 sts, "The port key"). */
  goTo(port: number): void {
    this.#port = port;
    this.#hasSpokenTls = true;
  }

  /** The server requires TLS for this many seconds; 0 cancels that (IRCv3 sts, "The duration key"). */
  keepTo(seconds: number): void {
    // Only a verified server may set a policy: an impostor's policy could lock us out.
    if (!this.#isVerified) return;
    this.#duration = Math.min(seconds, LONGEST_POLICY) * 1000;
    this.renew();
  }

  /**
   * The connection has ended: the policy expires a full duration from now (IRCv3 sts, "Rescheduling expiry on
   * disconnect").
   */
  renew(): void {
    const lasts = this.#duration;
    if (lasts === undefined) return;
    const { port } = this.address;
    const policy = lasts === 0 ? undefined : { port, until: this.#setup.clock() + lasts };
    try {
      this.#setup.knownServers.setPolicy(this.#given, policy);
    } catch {
      // If the file cannot be written now, the next connection announces the policy again.
    }
  }

  /** Why TLS is required, as shown to the user; `undefined` if it is not. */
  get #reason(): string | undefined {
    if (this.authority !== undefined) return "--tls-ca requires it";
    if (this.#setup.isAsked) return "ircs:// requires it";
    if (this.#pin !== undefined) return "it did before";
    if (this.#hasSpokenTls) return "it did so until now, or asked for it";
    // On this machine, the policy of one server does not bind the others.
    const { isNear, knownServers, clock } = this.#setup;
    const policy = isNear ? undefined : knownServers.policyOfHost(this.#given, clock());
    return policy && `its host requires TLS until ${dateOf(policy.until)}, on port ${policy.port}`;
  }

  #judge(certificate: Certificate, error: Error | null | undefined): string | undefined {
    const name = addressName(this.address);
    const host = bareHost(this.#given.host);
    const isFor = isAddress(host) ? certificate.checkIP(host) : certificate.checkHost(host);
    const pin = this.#pin;
    if (!error && isFor !== undefined) {
      this.#isVerified = true;
      return pin === undefined ? this.#keep(undefined) : undefined;
    }
    // The error may quote names of the certificate, which the server controls.
    const why = showText(error?.message ?? "it is for another host")
      .replaceAll("\n", " ")
      .slice(0, ERROR_TEXT);
    if (this.authority) {
      throw new NotTrusted([`no authority in ${this.authority.file} signed the certificate of ${name}: ${why}`]);
    }
    if (pin?.fingerprint !== undefined) return this.#compare(certificate.fingerprint256, pin.fingerprint, pin);
    if (pin !== undefined) {
      throw new NotTrusted([
        `the certificate of ${name} cannot be trusted: ${why}; before, an authority had signed it`,
        SIGNED_ELSEWHERE,
        `If it is self-signed now on purpose: remove line ${pin.line} of ${pin.file}`,
      ]);
    }
    if (certificate.issuer !== certificate.subject) {
      throw new NotTrusted([`the certificate of ${name} cannot be trusted: ${why}`, SIGNED_ELSEWHERE]);
    }
    return this.#keep(certificate.fingerprint256);
  }

  #compare(fingerprint: string, known: string, pin: KnownServer): undefined {
    if (fingerprint === known) return undefined;
    throw new NotTrusted([
      `${addressName(this.address)} shows another certificate than before: someone may be intercepting the connection`,
      `It was ${known} and is ${fingerprint}.`,
      `If it was replaced on purpose: remove line ${pin.line} of ${pin.file}`,
    ]);
  }

  /**
   * Records that the server speaks TLS, and pins its certificate if it is self-signed. Returns a sentence for the user.
   */
  #keep(fingerprint: string | undefined): string | undefined {
    const name = addressName(this.address);
    try {
      this.#setup.knownServers.add(this.address, fingerprint);
      if (fingerprint === undefined) return undefined;
      return `The certificate of ${name} is self-signed: it is pinned, and no other is accepted from now on. Its SHA-256 fingerprint: ${fingerprint}`;
    } catch (error) {
      const why = messageOf(error);
      if (fingerprint === undefined) return `It could not be recorded that ${name} speaks TLS: ${why}`;
      return `The certificate of ${name} is self-signed, and could not be pinned: ${why}. Its SHA-256 fingerprint: ${fingerprint}`;
    }
  }

  get #pin(): KnownServer | undefined {
    return this.#setup.knownServers.find(this.address);
  }
}

const SIGNED_ELSEWHERE = "If you know the authority that signed it: --tls-ca FILE. To use plain text: --no-tls.";

/** Whether a host is an IP address, not a name. */
function isAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}

/** The policy that a server announces by the capability `sts` (IRCv3 sts). */
export interface Sts {
  /** The TLS port; ignored over TLS. */
  readonly port?: number;
  /** Seconds for which TLS is required; ignored in plain text. */
  readonly seconds?: number;
}

/** The `sts` policy among capabilities with their values; malformed tokens are ignored. */
export function stsOf(capabilities: Iterable<string>): Sts {
  for (const capability of capabilities) {
    if (!capability.startsWith("sts=")) continue;
    const tokens = new Map(
      capability
        .slice("sts=".length)
        .split(",")
        .map((token): [string, string] => {
          const [key = "", value = ""] = token.split("=", 2);
          return [key, value];
        }),
    );
    const port = numberIn(tokens.get("port"), 65_535);
    const seconds = numberIn(tokens.get("duration"), Number.MAX_SAFE_INTEGER);
    return { ...(port ? { port } : {}), ...(seconds === undefined ? {} : { seconds }) };
  }
  return {};
}

function numberIn(text: string | undefined, most: number): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number <= most ? number : undefined;
}
