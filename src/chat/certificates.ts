import type { Account } from "./account.ts";
import { accountWords, certificateWords } from "./account-words.ts";
import { type Accounts, certificatesOf } from "./accounts.ts";

/** The asker about certificates: the account, and the certificate that this session has shown. */
export interface CertificateOwner {
  readonly account: Account | undefined;
  readonly shown: string | undefined;
}

/** `LIST`, `ADD [fingerprint]` and `DEL [fingerprint]`, about the certificates that log in to an account: the answer. */
export function aboutCertificates(
  accounts: Accounts,
  { account: own, shown }: CertificateOwner,
  [verb = "LIST", word]: readonly string[],
): readonly string[] {
  const account = own && accounts.withId(own.id);
  if (!account) return [`${accountWords({ why: "not-logged-in" })}.`];
  const { name } = account;
  const adds = /^add$/i.test(verb);
  if (/^list$/i.test(verb)) {
    const count = certificatesOf(account).length;
    return [
      ...account.fingerprints.map((kept) => (kept === shown ? `${kept} (you have shown it)` : kept)),
      ...(account.named ?? []).map((kept) => `${kept} (with the name ${name})`),
      `${count === 1 ? "1 certificate logs" : `${count} certificates log`} in to ${name} by SASL EXTERNAL.`,
    ];
  }
  if (!adds && !/^del$/i.test(verb)) return ["That is LIST, ADD [fingerprint] or DEL [fingerprint]."];
  const fingerprint = word === undefined ? shown : fingerprintIn(word);
  if (fingerprint === undefined) return [word === undefined ? NOT_SHOWN : NO_FINGERPRINT];
  const isShown = fingerprint === shown;
  const refusal = adds
    ? accounts.addFingerprint(account, fingerprint, isShown)
    : accounts.removeFingerprint(account, fingerprint);
  if (refusal) return [`${certificateWords(refusal)}.`];
  if (!adds) return [`${fingerprint} no longer logs in to ${name} by SASL EXTERNAL.`];
  return [`${fingerprint} logs in to ${name} by SASL EXTERNAL${isShown ? "" : NAMED}.`];
}

/** The fingerprint as accounts keep it, however it was written: with colons, in capitals. */
function fingerprintIn(word: string): string | undefined {
  const hex = word.replaceAll(":", "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? hex : undefined;
}

const NAMED = ", if the account's name is given; added over a connection that shows it, it does so by itself";
const NOT_SHOWN = "You have shown no certificate: connect over TLS with one, or say its SHA-256 fingerprint.";
const NO_FINGERPRINT = "A fingerprint is SHA-256, in 64 hexadecimal digits.";
