/** The first record of a TLS connection: a ClientHello (RFC 8446 4.1.2), whose fields are each behind their length. */

const HEADER = 5; // bytes: type, version, length
const LARGEST = 16_384; // bytes of a record
const CLIENT_HELLO = 1;
const ALPN = 16; // the extension's number (RFC 7301)
const HTTP = /^(?:http\/1\.[01]|h2)$/;

/** Whether the first record is complete, or cannot be one. */
export function isHelloWhole(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER) return false;
  const length = numberAt(bytes, 3, 2);
  return length > LARGEST || bytes.length >= HEADER + length;
}

/** Whether a client offers to speak HTTP (ALPN), as browsers do. */
export function offersHttp(bytes: Uint8Array): boolean {
  if (bytes[HEADER] !== CLIENT_HELLO) return false;
  const hello = bytes.subarray(HEADER, HEADER + numberAt(bytes, 3, 2));
  let at = 4 + 2 + 32; // type and length, version, random
  at += 1 + numberAt(hello, at, 1); // session
  at += 2 + numberAt(hello, at, 2); // cipher suites
  at += 1 + numberAt(hello, at, 1); // compression methods
  for (at += 2; at + 4 <= hello.length; at += 4 + numberAt(hello, at + 2, 2))
    if (numberAt(hello, at, 2) === ALPN) return namesHttp(hello.subarray(at + 6, at + 4 + numberAt(hello, at + 2, 2)));
  return false;
}

function namesHttp(names: Uint8Array): boolean {
  for (let at = 0; at < names.length; at += 1 + numberAt(names, at, 1)) {
    const name = names.subarray(at + 1, at + 1 + numberAt(names, at, 1));
    if (HTTP.test(String.fromCharCode(...name))) return true;
  }
  return false;
}

/** A number of one or two bytes; missing bytes are 0. */
function numberAt(bytes: Uint8Array, at: number, size: 1 | 2): number {
  const first = bytes[at] ?? 0;
  return size === 1 ? first : first * 256 + (bytes[at + 1] ?? 0);
}
