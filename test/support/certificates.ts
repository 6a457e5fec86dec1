/** TLS certificates that a certificate authority of the test vouches for. */

import { X509Certificate } from "node:crypto";
import { generate } from "selfsigned";
import type { Certificate } from "../../src/server/net/certificate.ts";

/** A certificate and its authority. */
export interface Vouched extends Certificate {
  /** The authority's own certificate, in PEM. */
  readonly authority: string;
}

/** Makes an authority, and a certificate by it for a host name or 127.0.0.1. */
export async function vouchedFor(name: string): Promise<Vouched> {
  const authority = await generate([{ name: "commonName", value: "The authority" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const altName = name === "127.0.0.1" ? { type: 7 as const, ip: name } : { type: 2 as const, value: name };
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "subjectAltName", altNames: [altName] },
    ],
  });
  const fingerprint = new X509Certificate(made.cert).fingerprint256;
  return {
    cert: made.cert,
    key: made.private,
    fingerprint,
    isSelfSigned: false,
    names: [name],
    authority: authority.cert,
  };
}
