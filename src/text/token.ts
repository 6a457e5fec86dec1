/** Whether a text has the form of a token: 256 bits in base64url. */
export function isToken(text: string): boolean {
  return text.length === 43 && /^[\w-]+$/.test(text);
}

/** The token of an invitation link: the token itself, or the link's last part. */
export function invitationIn(word: string): string | undefined {
  const token = word.replace(/^https?:\/\/[^/\s]+\/j\//, "");
  return isToken(token) ? token : undefined;
}
