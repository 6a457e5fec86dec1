/** The parts of addresses that people and configurations write: hosts, percent signs, tokens of invitation links. */

/** Whether a host name or an IP address, in brackets or not, means this machine. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

/** A part of an address without its percent signs; as it is if they are wrong: it may have been typed by hand. */
export function fromPercents(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Whether a text has the form of a token: 256 bits in base64url. */
export function isToken(text: string): boolean {
  return text.length === 43 && /^[\w-]+$/.test(text);
}

/** The token of an invitation link: the token itself, or the link's last part. */
export function invitationIn(word: string): string | undefined {
  const token = word.replace(/^https?:\/\/[^/\s]+\/j\//, "");
  return isToken(token) ? token : undefined;
}
