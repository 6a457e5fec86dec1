import { ptr } from "bun:ffi";
import { openLibc } from "../libc.ts";

const SOL_SOCKET = 1; // Linux
const SO_SNDBUF = 7; // Linux
const SO_RCVBUF = 8; // Linux
const BYTES = 65536; // the kernel doubles it; a peer that stalls then holds about 142 KB of its memory, not 3.8 MB,
// and one that floods as much, not 6 MB

const size = new Int32Array([BYTES]);
const SIOCOUTQ = 0x5411n; // Linux: tcp(7), unix(7)

const libc = openLibc({
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
});

/**
 * Bounds what the kernel keeps for a peer: of what it does not read, and of what it sends faster than it is handled.
 * Does nothing where it cannot.
 */
export function boundBuffers(descriptor: number): void {
  if (descriptor < 0) return;
  for (const option of [SO_SNDBUF, SO_RCVBUF])
    libc?.setsockopt(descriptor, SOL_SOCKET, option, ptr(size), size.byteLength);
}

/** How much a socket has sent, or is to send, that its peer's kernel has not acknowledged; 0 where that cannot be told. */
export function unacknowledged(descriptor: number): number {
  const count = new Int32Array(1);
  if (descriptor < 0 || !libc || libc.ioctl(descriptor, SIOCOUTQ, ptr(count)) < 0) return 0;
  return count[0] ?? 0;
}
