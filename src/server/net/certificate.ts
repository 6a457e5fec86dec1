import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import { encode } from "../../text/bytes.ts";
import { messageOf } from "../../text/filter.ts";
import { ConfigError } from "../config/kinds.ts";
import type { ServerConfig } from "../config/read.ts";
import { Deadlines } from "../peer/deadlines.ts";
import type { TlsTransport } from "./tls.ts";

/** A certificate and its private key, in PEM. */
export interface Certificate {
  /** The certificate, with its chain if there is one. */
  readonly cert: string;
  readonly key: string;
  /** SHA-256 in the form of `openssl x509 -fingerprint -sha256`: `AB:CD:…`. */
  readonly fingerprint: string;
  /** Issued by itself, not by a certificate authority. */
  readonly isSelfSigned: boolean;
  /** The host names that it is for; `*.example.org` stands for one label. */
  readonly names: readonly string[];
}

/** The paths of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** No expiry (RFC 5280 4.1.2.5): clients pin the certificate, so replacing it would alarm them. */
const NEVER = new Date("9999-12-31T23:59:59Z");

/** Reads a certificate and its key. Throws `ConfigError` with the file and the fault; `where` names the files. */
export function readCertificate({ cert, key }: CertificateFiles, where = "[tls]"): Certificate {
  return checked(contentOf(cert, `cert in ${where}`), contentOf(key, `key in ${where}`), { cert, key, where });
}

/**
 * Makes the function that loads the server's certificate: from the configured files, or else a self-signed one made for
 * the server's name and kept in the data folder, if there is one.
 */
export async function certificateSource(
  { tls, name, data }: Pick<ServerConfig, "tls" | "name" | "data">,
  write: WriteFile,
): Promise<() => Certificate> {
  if (tls) return () => readCertificate(tls);
  const kept = await (data === undefined ? makeCertificate(name) : keptCertificate(join(data, "tls.pem"), name, write));
  return () => kept;
}

/** Writes a file for its owner only, completely or not at all. */
type WriteFile = (file: string, content: Uint8Array) => void;

/** The self-signed certificate in a file; made and written there if the file does not exist. */
export async function keptCertificate(file: string, name: string, write: WriteFile): Promise<Certificate> {
  if (existsSync(file)) {
    const where = "[tls]";
    const pem = contentOf(file, `cert in ${where}`);
    return checked(pem, pem, { cert: file, key: file, where });
  }
  const made = await makeCertificate(name);
  // A certificate without its key would prevent the next start.
  write(file, encode(`${made.cert}\n${made.key}\n`));
  return made;
}

/** Makes a self-signed certificate. */
export async function makeCertificate(name: string): Promise<Certificate> {
  // Imported lazily: loading it takes time, and most starts need no new certificate.
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notAfterDate: NEVER,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: name }] },
    ],
  });
  return checked(made.cert, made.private, { cert: "the new certificate", key: "its key", where: "[tls]" });
}

function contentOf(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`${what}: ${file} cannot be read: ${messageOf(error)}`);
  }
}

function checked(
  cert: string,
  key: string,
  { where, ...files }: CertificateFiles & { readonly where: string },
): Certificate {
  const certificate = attempt(
    () => new X509Certificate(cert),
    `cert in ${where}: ${files.cert} is no certificate: it should be a PEM file with -----BEGIN CERTIFICATE-----`,
  );
  const secret = attempt(
    () => createPrivateKey(key),
    `key in ${where}: ${files.key} is no usable private key: it should be a PEM file without a passphrase, with -----BEGIN PRIVATE KEY-----`,
  );
  if (!certificate.checkPrivateKey(secret))
    throw new ConfigError(`${where}: ${files.key} is not the key of the certificate in ${files.cert}`);
  const isSelfSigned = certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);
  const names = (certificate.subjectAltName ?? "").split(", ").filter((name) => name.startsWith("DNS:"));
  return {
    cert,
    key,
    fingerprint: certificate.fingerprint256,
    isSelfSigned,
    names: names.map((name) => name.slice("DNS:".length)),
  };
}

function attempt<T>(read: () => T, words: string): T {
  try {
    return read();
  } catch {
    throw new ConfigError(words);
  }
}

const HANDSHAKE = 10_000; // ms for a handshake
const HOLD = 5000; // ms for which a close_notify is held back until the peer has its answers

/** Shared by all TLS connections of a server: the certificate and the deadlines. */
export class TlsContext {
  readonly handshakes: Deadlines<TlsTransport>;
  readonly heldRecords = new Deadlines<TlsTransport>(HOLD, (due) => due.heldRecordDue());
  readonly #load: () => Certificate;
  #certificate: Certificate;
  #context: SecureContext;

  /** `load` reads the certificate, now and at each `renew`. `patience`: ms for a handshake. */
  constructor(load: () => Certificate, patience = HANDSHAKE) {
    this.handshakes = new Deadlines<TlsTransport>(patience, (due) => due.handshakeDue());
    this.#load = load;
    this.#certificate = load();
    this.#context = contextOf(this.#certificate);
  }

  /** The secure context for new connections. */
  get context(): SecureContext {
    return this.#context;
  }

  /** The certificate's SHA-256, `AB:CD:…`. */
  get fingerprint(): string {
    return this.#certificate.fingerprint;
  }

  /** The certificate was issued by itself. */
  get isSelfSigned(): boolean {
    return this.#certificate.isSelfSigned;
  }

  /** The host names that the certificate is for. */
  get names(): readonly string[] {
    return this.#certificate.names;
  }

  /**
   * Reads the certificate again, for new connections. True if it has changed. If `load` throws, so does this, and the
   * old certificate stays in use.
   */
  renew(): boolean {
    const certificate = this.#load();
    const context = contextOf(certificate);
    const { cert, key } = this.#certificate;
    this.#certificate = certificate;
    this.#context = context;
    return cert !== certificate.cert || key !== certificate.key;
  }

  /** Stops the deadlines' timers. */
  close(): void {
    this.handshakes.stop();
    this.heldRecords.stop();
  }
}

function contextOf({ cert, key }: Certificate): SecureContext {
  return createSecureContext({ cert, key, minVersion: "TLSv1.2" });
}
