/** The addresses of a version 2 header: 192.0.2.1:4711 → 10.0.0.1:9000, and 2001:db8::1 → ::1 with the same ports. */
export const V4 = [192, 0, 2, 1, 10, 0, 0, 1, 18, 103, 35, 40];
export const V6 = [32, 1, 13, 184, ...Array(11).fill(0), 1, ...Array(15).fill(0), 1, 18, 103, 35, 40];

interface Parts {
  readonly command?: number;
  readonly family?: number;
  readonly addresses: readonly number[];
}

/** A PROXY header of version 2, by default for TCP over IPv4. */
export function v2({ command = 0x21, family = 0x11, addresses }: Parts): Buffer {
  const head = Buffer.from("\r\n\r\n\0\r\nQUIT\n\0\0\0\0", "latin1");
  head[12] = command;
  head[13] = family;
  head.writeUInt16BE(addresses.length, 14);
  return Buffer.concat([head, Buffer.from(addresses)]);
}
