import { messageOf } from "../../text/filter.ts";

/** A TLS client certificate and its private key, in PEM. */
export interface ClientKey {
  readonly cert: string;
  readonly key: string;
}

/** The key to show to a server; `undefined` if it cannot be kept, which `told` gets as a sentence, once. */
export type KeySource = (told: (words: string) => void) => Promise<ClientKey | undefined>;

/** A file that keeps the key for one server. */
export interface KeyFile {
  /** For messages to the user. */
  readonly path: string;
  read(): string | undefined;
  append(text: string): void;
}

/**
 * The key for one server: made and kept when it is first needed. Each server gets another, so that they cannot tell that
 * two of their users are one person.
 */
export function keySource(file: KeyFile): KeySource {
  let key: Promise<ClientKey | undefined> | undefined;
  return (told) => {
    key ??= keptKey(file).catch((error: unknown) => {
      told(`No key of yours can be kept in ${file.path}, so none logs you in: ${messageOf(error)}`);
      return undefined;
    });
    return key;
  };
}

async function keptKey(file: KeyFile): Promise<ClientKey> {
  const known = keyIn(file.read());
  if (known) return known;
  const { cert, key } = await makeKey();
  file.append(`${cert.trim()}\n${key.trim()}\n`);
  // Of two clients that start at once, both use the key that came first into the file.
  const kept = keyIn(file.read());
  if (!kept) throw new Error("it is not a certificate with its key");
  return kept;
}

/** The first certificate in a file, and the first private key. */
function keyIn(text = ""): ClientKey | undefined {
  const [cert] = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\n?/.exec(text) ?? [];
  const [key] = /-----BEGIN PRIVATE KEY-----[A-Za-z0-9+/=\s]+-----END PRIVATE KEY-----\n?/.exec(text) ?? [];
  return cert !== undefined && key !== undefined ? { cert, key } : undefined;
}

/** No expiry (RFC 5280 4.1.2.5): an account knows the certificate, not its authority. */
const NEVER = new Date("9999-12-31T23:59:59Z");
const MADE = new Date("2026-01-01T00:00:00Z"); // the same for all, so that it does not tell when the user first came

/** Makes a self-signed certificate that says nothing of its owner. */
async function makeKey(): Promise<ClientKey> {
  // Imported lazily: loading it takes time, and most starts need no new key.
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: "tcpchat" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: MADE,
    notAfterDate: NEVER,
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", clientAuth: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}
