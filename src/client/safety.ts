import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { showText } from "../text/filter.ts";
import type { Pin, Pins } from "./pins.ts";
import { bareHost, NotTrusted, type Place, placeName } from "./place.ts";

const LONGEST = 200; // characters of what was found wrong with a certificate

/** Those who may vouch for a server instead of the authorities that everyone knows. */
export interface Authority {
  readonly file: string;
  /** Their certificates. */
  readonly pem: string;
}

export interface SafetySetup {
  readonly pins: Pins;
  readonly authority: Authority | undefined;
  /** The way there does not leave this machine. */
  readonly isNear: boolean;
  /** Told what the user should know, in a sentence, instead of whoever talks with the server. */
  readonly told?: ((words: string) => void) | undefined;
}

/**
 * How far a server is trusted: whether TLS is tried and insisted on, and whose certificate is believed.
 *
 * One that the authorities vouch for is; one that vouches for itself is believed the first time, and pinned.
 */
export class Safety {
  readonly told: ((words: string) => void) | undefined;
  readonly authority: Authority | undefined;
  readonly #place: Place;
  readonly #pins: Pins;
  readonly #isNear: boolean;
  /** It has spoken TLS with us. */
  #known = false;

  constructor(place: Place, { pins, authority, isNear, told }: SafetySetup) {
    this.told = told;
    this.authority = authority;
    this.#place = place;
    this.#pins = pins;
    this.#isNear = isNear;
  }

  /** Whether TLS is tried. */
  get triesTls(): boolean {
    return !this.#isNear || this.insists;
  }

  /** Whether nothing but TLS will do. */
  get insists(): boolean {
    return this.#known || this.authority !== undefined || this.#pin !== undefined;
  }

  /** What a server is told that does not speak TLS, and should. */
  refusal(): NotTrusted {
    const pin = this.#pin;
    const why = this.authority ? "--tls-ca asks for it" : pin ? "it did before" : "it has done so until now";
    const remove = pin ? `remove line ${pin.line} of ${pin.file}, or use ` : "use ";
    return new NotTrusted(
      `${placeName(this.#place)} does not speak TLS, though ${why}: someone may be in between`,
      `If you know that it is meant to be so: ${remove}--no-tls.`,
    );
  }

  /** Looks at a certificate, and at what was found wrong with it. Answers what the user is to be told; may throw `NotTrusted`. */
  judge(certificate: X509Certificate, error: Error | null | undefined): string | undefined {
    const told = this.#judge(certificate, error);
    this.#known = true;
    return told;
  }

  #judge(certificate: X509Certificate, error: Error | null | undefined): string | undefined {
    const name = placeName(this.#place);
    const host = bareHost(this.#place);
    const isFor = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
    if (!error && isFor !== undefined) return undefined;
    // The words may have the certificate's own names in them, which are whatever the server wants to show.
    const why = showText(error?.message ?? "it is another host's")
      .replaceAll("\n", " ")
      .slice(0, LONGEST);
    if (this.authority) {
      throw new NotTrusted(`${this.authority.file} does not vouch for the certificate of ${name}: ${why}`);
    }
    const pin = this.#pin;
    if (pin) return this.#compare(certificate.fingerprint256, pin);
    if (certificate.issuer !== certificate.subject) {
      throw new NotTrusted(
        `the certificate of ${name} cannot be believed: ${why}`,
        "If you know who vouches for it: --tls-ca FILE. To talk in plain text: --no-tls.",
      );
    }
    return this.#keep(certificate.fingerprint256);
  }

  #compare(fingerprint: string, pin: Pin): undefined {
    if (fingerprint === pin.fingerprint) return undefined;
    throw new NotTrusted(
      `${placeName(this.#place)} shows another certificate than before: someone may be in between`,
      `It was ${pin.fingerprint} and is ${fingerprint}.`,
      `If it was replaced on purpose: remove line ${pin.line} of ${pin.file}`,
    );
  }

  #keep(fingerprint: string): string {
    const what = `The certificate of ${placeName(this.#place)}, which nobody vouches for, is`;
    try {
      this.#pins.add(this.#place, fingerprint);
      return `${what} kept, and no other is taken from now on. Its SHA-256 fingerprint: ${fingerprint}`;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return `${what} ${fingerprint} (SHA-256). It could not be kept: ${why}`;
    }
  }

  get #pin(): Pin | undefined {
    return this.#pins.find(this.#place);
  }
}

/** Whether a host is this machine. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(host);
}
