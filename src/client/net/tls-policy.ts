import { showText } from "../../text/filter.ts";
import { dateOf } from "../../text/time.ts";
import { addressName, bareHost, NotTrusted, type ServerAddress } from "./address.ts";
import type { KnownServer, KnownServers } from "./known-servers.ts";

const LONGEST = 200; // characters of what was found wrong with a certificate
const LONGEST_POLICY = 10 * 365 * 86_400; // seconds for which a server may ask for TLS only

/** Certificate authorities that are trusted instead of the system's. */
export interface Authority {
  readonly file: string;
  /** Their certificates. */
  readonly pem: string;
}

/** What is looked at of a server's certificate. */
interface Certificate {
  /** SHA-256: `AB:CD:…`. */
  readonly fingerprint256: string;
  /** Who vouches for it, and whose it is, by their names. */
  readonly issuer: string;
  readonly subject: string;
  /** Whether it is for a host of this name, or at this address; `undefined` if not. */
  checkHost(host: string): string | undefined;
  checkIP(address: string): string | undefined;
}

/** Why a handshake came to nothing, in words. */
export type Unanswered = "it answers something else" | "it closes the connection" | "no answer to a handshake";

export interface TlsPolicySetup {
  readonly knownServers: KnownServers;
  readonly authority: Authority | undefined;
  /** The way there does not leave this machine. */
  readonly isNear: boolean;
  /** The secret that must not be sent in plain text: an account's password, the server's, or nothing. */
  readonly secret?: "login" | "server password" | undefined;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Told what the user should know, in a sentence, instead of whoever talks with the server. */
  readonly told?: ((words: string) => void) | undefined;
}

/**
 * How far a server is trusted: whether TLS is tried and insisted on, and whose certificate is believed.
 *
 * One that the authorities vouch for is; one that vouches for itself is believed the first time, and pinned. A server
 * that has spoken TLS is remembered, and plain text is not tried with it any more. Plain text is for a guest without
 * a secret, at a server that is not known and does not speak TLS; with a secret it is asked there where TLS is.
 */
export class TlsPolicy {
  readonly told: ((words: string) => void) | undefined;
  readonly authority: Authority | undefined;
  readonly #asked: ServerAddress;
  readonly #setup: TlsPolicySetup;
  #port: number;
  /** How the last handshake came to nothing. */
  #why: Unanswered = "no answer to a handshake";
  /** It has spoken TLS with us, or has asked for it. */
  #known = false;
  /** Milliseconds for which it wants TLS only. */
  #lasts: number | undefined;
  /** An authority vouched for the certificate that it has shown. */
  #isVouched = false;

  constructor(address: ServerAddress, setup: TlsPolicySetup) {
    this.told = setup.told;
    this.authority = setup.authority;
    this.#asked = address;
    this.#setup = setup;
    this.#port = address.port;
  }

  /** Where the server is to be reached: elsewhere than was asked for, if it has said so. */
  get address(): ServerAddress {
    return { host: this.#asked.host, port: this.#port };
  }

  /** Looks up what is known of the server. Throws where that cannot be read. */
  prepare(): void {
    this.#port = this.#setup.knownServers.policy(this.#asked, this.#setup.clock())?.port ?? this.#port;
  }

  /** Whether TLS is tried. */
  get triesTls(): boolean {
    return !this.#setup.isNear || this.insists;
  }

  /** Whether nothing but TLS will do. */
  get insists(): boolean {
    return this.#reason !== undefined;
  }

  /**
   * The use of plain text after a failed handshake: for all that is said, to ask whether there is TLS
   * elsewhere (IRCv3 sts) before a secret is said, or nothing. Silence is no reason: it may be someone's in between.
   */
  plainFor(why: Unanswered): "all" | "asking" | "nothing" {
    this.#why = why;
    if (this.insists || why === "no answer to a handshake") return "nothing";
    return this.#setup.secret === undefined ? "all" : "asking";
  }

  /** The words about a server that should speak TLS and does not. */
  refusal(): NotTrusted {
    const why = this.#why;
    const name = addressName(this.address);
    const lasts = why === "it answers something else";
    const reason = this.#reason;
    if (reason !== undefined) {
      const pin = this.#pin;
      const remove = pin ? `remove line ${pin.line} of ${pin.file}, or use ` : "use ";
      return new NotTrusted(
        [
          `${name} does not speak TLS (${why}), though ${reason}: someone may be in between, so plain text is not tried`,
          `If you know that it is meant to be so: ${remove}--no-tls.`,
        ],
        lasts,
      );
    }
    const { secret } = this.#setup;
    if (secret === undefined) {
      const words = "that alone is no reason for plain text";
      return new NotTrusted([`${name}: ${why}; ${words}`, "If you know that it does not speak TLS: --no-tls."], lasts);
    }
    const guest = secret === "login" ? " To go without a login: --guest." : "";
    return new NotTrusted(
      [
        `${name} does not speak TLS (${why}): a password is not sent in plain text`,
        `If you trust everyone on the way there: --no-tls.${guest}`,
      ],
      lasts,
    );
  }

  /** Looks at a certificate, and at what was found wrong with it. Answers what the user is to be told; may throw `NotTrusted`. */
  judge(certificate: Certificate, error: Error | null | undefined): string | undefined {
    const told = this.#judge(certificate, error);
    this.#known = true;
    return told;
  }

  /** The server wants to be spoken to over TLS, on this port (IRCv3 sts, "The port key"). */
  goTo(port: number): void {
    this.#port = port;
    this.#known = true;
  }

  /** The server wants to be spoken to over TLS alone for so many seconds; 0 takes that back (IRCv3 sts, "The duration key"). */
  keepTo(seconds: number): void {
    // Only a certificate that was verified can bind us: another's wish must not keep us from a server.
    if (!this.#isVouched) return;
    this.#lasts = Math.min(seconds, LONGEST_POLICY) * 1000;
    this.renew();
  }

  /** The connection has ended: what the server wants counts from now on (IRCv3 sts, "Rescheduling expiry on disconnect"). */
  renew(): void {
    const lasts = this.#lasts;
    if (lasts === undefined) return;
    const { port } = this.address;
    const policy = lasts === 0 ? undefined : { port, until: this.#setup.clock() + lasts };
    try {
      this.#setup.knownServers.setPolicy(this.#asked, policy);
    } catch {
      // If it cannot be written now, the next connection asks for it again.
    }
  }

  /** Why nothing but TLS will do, in words. */
  get #reason(): string | undefined {
    if (this.authority !== undefined) return "--tls-ca asks for it";
    if (this.#pin !== undefined) return "it did before";
    if (this.#known) return "it has done so until now, or has asked for it";
    // Of this machine one server does not speak for the others.
    const { isNear, knownServers, clock } = this.#setup;
    const policy = isNear ? undefined : knownServers.policyOfHost(this.#asked, clock());
    return policy && `its host asks for TLS until ${dateOf(policy.until)}, and speaks it on port ${policy.port}`;
  }

  #judge(certificate: Certificate, error: Error | null | undefined): string | undefined {
    const name = addressName(this.address);
    const host = bareHost(this.#asked);
    const isFor = isAddress(host) ? certificate.checkIP(host) : certificate.checkHost(host);
    const pin = this.#pin;
    if (!error && isFor !== undefined) {
      this.#isVouched = true;
      return pin === undefined ? this.#keep(undefined) : undefined;
    }
    // The words may have the certificate's own names in them, which are whatever the server wants to show.
    const why = showText(error?.message ?? "it is another host's")
      .replaceAll("\n", " ")
      .slice(0, LONGEST);
    if (this.authority) {
      throw new NotTrusted([`${this.authority.file} does not vouch for the certificate of ${name}: ${why}`]);
    }
    if (pin?.fingerprint !== undefined) return this.#compare(certificate.fingerprint256, pin.fingerprint, pin);
    if (pin !== undefined) {
      throw new NotTrusted([
        `the certificate of ${name} cannot be believed: ${why}; before, someone vouched for it`,
        "If you know who vouches for it: --tls-ca FILE. To talk in plain text: --no-tls.",
        `If it vouches for itself now, on purpose: remove line ${pin.line} of ${pin.file}`,
      ]);
    }
    if (certificate.issuer !== certificate.subject) {
      throw new NotTrusted([
        `the certificate of ${name} cannot be believed: ${why}`,
        "If you know who vouches for it: --tls-ca FILE. To talk in plain text: --no-tls.",
      ]);
    }
    return this.#keep(certificate.fingerprint256);
  }

  #compare(fingerprint: string, known: string, pin: KnownServer): undefined {
    if (fingerprint === known) return undefined;
    throw new NotTrusted([
      `${addressName(this.address)} shows another certificate than before: someone may be in between`,
      `It was ${known} and is ${fingerprint}.`,
      `If it was replaced on purpose: remove line ${pin.line} of ${pin.file}`,
    ]);
  }

  /** Remembers that the server speaks TLS, with this certificate if nobody vouches for it. */
  #keep(fingerprint: string | undefined): string | undefined {
    const what = `The certificate of ${addressName(this.address)}, which nobody vouches for, is`;
    try {
      this.#setup.knownServers.add(this.address, fingerprint);
      if (fingerprint === undefined) return undefined;
      return `${what} kept, and no other is taken from now on. Its SHA-256 fingerprint: ${fingerprint}`;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (fingerprint === undefined) return `That ${addressName(this.address)} speaks TLS could not be kept: ${why}`;
      return `${what} ${fingerprint} (SHA-256). It could not be kept: ${why}`;
    }
  }

  get #pin(): KnownServer | undefined {
    return this.#setup.knownServers.find(this.address);
  }
}

/** Whether a host is an IP address, and no name. */
function isAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}

/** Whether a host is this machine. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(host);
}

/** The TLS policy that a server announces by the capability `sts` (IRCv3 sts). */
export interface Sts {
  /** Where it is spoken; counts in plain text. */
  readonly port?: number;
  /** For how many seconds clients are to speak nothing else; counts over TLS. */
  readonly seconds?: number;
}

/** The `sts` among capabilities with their values; what is malformed in it is as if it were not there. */
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
