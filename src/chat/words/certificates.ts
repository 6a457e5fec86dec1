import type { AccountRecord, Accounts } from "../accounts.ts";
import { type Account, certificatesOf } from "../model/account.ts";
import type { Session } from "../model/session.ts";
import { accountWords } from "./accounts.ts";

/** The asker about certificates: the account, and the certificate that this session has shown. */
export interface CertificateOwner {
  readonly account: Account | undefined;
  readonly shown: string | undefined;
  readonly session: Session;
}

/** `LIST`, `ADD [fingerprint]` and `DEL [fingerprint]`, about the certificates that log in to an account: `answer` is told the lines. */
export function aboutCertificates(
  accounts: Accounts,
  { account: own, shown, session }: CertificateOwner,
  [verb = "LIST", word]: readonly string[],
  answer: (lines: readonly string[]) => void,
): void {
  const account = own && accounts.withId(own.id);
  if (!account) return answer([`${accountWords({ why: "not-logged-in" })}.`]);
  if (/^list$/i.test(verb)) return answer(listed(account, shown));
  const on = /^add$/i.test(verb);
  if (!on && !/^del$/i.test(verb)) return answer(["That is LIST, ADD [fingerprint] or DEL [fingerprint]."]);
  const fingerprint = word === undefined ? shown : fingerprintIn(word);
  if (fingerprint === undefined) return answer([word === undefined ? NOT_SHOWN : NO_FINGERPRINT]);
  const isShown = fingerprint === shown;
  accounts.changeCertificate(session, { on, fingerprint, isShown }, (refusal) => {
    const logsIn = `${on ? "logs" : "no longer logs"} in to ${account.name} by SASL EXTERNAL`;
    const words = `${fingerprint} ${logsIn}${on && !isShown ? NAMED : ""}`;
    answer([`${refusal ? accountWords(refusal) : words}.`]);
  });
}

function listed(account: AccountRecord, shown: string | undefined): readonly string[] {
  const { name } = account;
  const count = certificatesOf(account).length;
  return [
    ...account.fingerprints.map((kept) => (kept === shown ? `${kept} (you have shown it)` : kept)),
    ...(account.named ?? []).map((kept) => `${kept} (with the name ${name})`),
    `${count === 1 ? "1 certificate logs" : `${count} certificates log`} in to ${name} by SASL EXTERNAL.`,
  ];
}

/** The fingerprint as accounts keep it, however it was written: with colons, in capitals. */
function fingerprintIn(word: string): string | undefined {
  const hex = word.replaceAll(":", "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? hex : undefined;
}

const NAMED = ", if the account's name is given; added over a connection that shows it, it does so by itself";
const NOT_SHOWN = "You have shown no certificate: connect over TLS with one, or say its SHA-256 fingerprint.";
const NO_FINGERPRINT = "A fingerprint is SHA-256, in 64 hexadecimal digits.";
