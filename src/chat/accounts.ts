/** A SCRAM verifier (RFC 5802): what proves a password without being one. Bytes in base64. */
export interface ScramKeys {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** What is kept of an account. Times in milliseconds since 1970. */
export interface AccountRecord {
  /** As its owner writes it; folded, it is the account's key, and a nick that is nobody else's. */
  readonly name: string;
  readonly created: number;
  /** Of the password, by `Bun.password`; `undefined` where only certificates log in. */
  readonly hash: string | undefined;
  /** Made with the hash; an imported hash has none, and PLAIN only. */
  readonly scram: ScramKeys | undefined;
  /** SHA-256 of client certificates, in hex. */
  readonly fingerprints: readonly string[];
}
