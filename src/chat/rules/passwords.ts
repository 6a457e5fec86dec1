/** The most bytes of a password. As SASL PLAIN they take four pieces of 400 characters. */
export const PASSWORD_BYTES = 1024;

const SHORT = 8; // characters (NIST SP 800-63B, 5.1.1.1)

/** Whether someone can have this password: at least so many characters, and at most `PASSWORD_BYTES`. */
export function fitsPassword(password: string, least: number): boolean {
  return password !== "" && [...password].length >= least && Buffer.byteLength(password) <= PASSWORD_BYTES;
}

/** Remarks on a password that was accepted: none, or up to two sentences with a blank before each. */
export function passwordRemarks(password: string): string {
  const { length } = [...password];
  const blanks = password.includes(" ")
    ? ` The password has ${length} ${length === 1 ? "character" : "characters"}, with its blanks.`
    : "";
  const short = length < SHORT ? ` The password is short: ${SHORT} characters or more are harder to guess.` : "";
  return blanks + short;
}
