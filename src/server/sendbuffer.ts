import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";

const SOL_SOCKET = 1; // Linux
const SO_SNDBUF = 7; // Linux
const BYTES = 65536; // the kernel doubles it; a peer that stalls then holds about 142 KB of its memory, not 3.8 MB

const size = new Int32Array([BYTES]);
const libc = openLibc({ setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" } });

/** Bounds what the kernel keeps for a peer that does not read. Does nothing where it cannot. */
export function boundSendBuffer(descriptor: number): void {
  if (descriptor >= 0) libc?.setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, ptr(size), size.byteLength);
}
