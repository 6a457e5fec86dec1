/** TLS certificates that a certificate authority of the test vouches for. */

import { X509Certificate } from "node:crypto";
import { generate } from "selfsigned";
import type { Certificate } from "../../src/server/net/certificate.ts";

/** A certificate and its authority. */
export interface Vouched extends Certificate {
  /** The authority's own certificate, in PEM. */
  readonly authority: string;
}

/** An authority: its own certificate and its key, in PEM. */
export interface Authority {
  readonly cert: string;
  readonly private: string;
}

export function anAuthority(): Promise<Authority> {
  return generate([{ name: "commonName", value: "The authority" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
}

/** Makes a certificate for a host name or 127.0.0.1, by an authority of its own if none is given. */
export async function vouchedFor(name: string, by?: Authority): Promise<Vouched> {
  const authority = by ?? (await anAuthority());
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
