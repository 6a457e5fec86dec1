import { certificateWords } from "../chat/account-words.ts";
import { certificatesOf } from "../chat/accounts.ts";
import type { IrcSession } from "./session.ts";

/** The fingerprint as accounts keep it, however it was written: with colons, in capitals. */
function fingerprintIn(word: string): string | undefined {
  const hex = word.replaceAll(":", "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? hex : undefined;
}

/** What someone said to NickServ about the certificates that log in to the account: CERT ADD, DEL, LIST. */
export function askAboutCertificates(
  session: IrcSession,
  words: readonly string[],
  tell: (line: string) => void,
): void {
  const [verb = "", word] = words;
  const own = session.member?.who.account ?? session.account;
  const account = own && session.server.accounts.withId(own.id);
  if (!account) return tell("Log in first: a certificate belongs to an account.");
  const shown = session.peer.fingerprint;
  switch (verb.toUpperCase()) {
    case "LIST":
      for (const kept of account.fingerprints) tell(kept === shown ? `${kept} (you have shown it)` : kept);
      for (const kept of account.named ?? []) tell(`${kept} (with the name ${account.name})`);
      return tell(`${certificatesOf(account).length} certificates log in to ${account.name} by SASL EXTERNAL.`);
    case "ADD":
    case "DEL": {
      const fingerprint = word === undefined ? shown : fingerprintIn(word);
      if (fingerprint === undefined) return tell(word === undefined ? NOT_SHOWN : NO_FINGERPRINT);
      const adds = verb.toUpperCase() === "ADD";
      const isShown = fingerprint === shown;
      const refusal = adds
        ? session.server.accounts.addFingerprint(account, fingerprint, isShown)
        : session.server.accounts.removeFingerprint(account, fingerprint);
      if (refusal) return tell(`${certificateWords(refusal)}.`);
      if (!adds) return tell(`${fingerprint} no longer logs in to ${account.name} by SASL EXTERNAL.`);
      return tell(`${fingerprint} logs in to ${account.name} by SASL EXTERNAL${isShown ? "" : NAMED}.`);
    }
    default:
      return tell("Say CERT ADD [fingerprint], CERT DEL [fingerprint] or CERT LIST.");
  }
}

const NAMED = ", if the account's name is given; CERT ADD over a connection that shows it makes that needless";
const NOT_SHOWN = "You have shown no certificate: connect over TLS with one, or say its SHA-256 fingerprint.";
const NO_FINGERPRINT = "A fingerprint is SHA-256, in 64 hexadecimal digits.";
