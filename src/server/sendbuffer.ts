import { dlopen, FFIType, ptr } from "bun:ffi";

const SOL_SOCKET = 1; // Linux
const SO_SNDBUF = 7; // Linux
const BYTES = 65536; // the kernel doubles it; a peer that stalls then holds about 142 KB of its memory, not 3.8 MB

const size = new Int32Array([BYTES]);
const setsockopt = process.platform === "linux" ? load() : undefined;

/** Bounds what the kernel keeps for a peer that does not read. Does nothing where it cannot. */
export function boundSendBuffer(descriptor: number): void {
  if (descriptor >= 0) setsockopt?.(descriptor, SOL_SOCKET, SO_SNDBUF, ptr(size), size.byteLength);
}

function load() {
  const { i32, u32 } = FFIType;
  for (const name of ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]) {
    try {
      return dlopen(name, { setsockopt: { args: [i32, i32, i32, FFIType.ptr, u32], returns: i32 } }).symbols.setsockopt;
    } catch {
      // Another C library, then.
    }
  }
  return undefined;
}
