import { dlopen, type FFIFunction, type Library } from "bun:ffi";

/** Opens functions of the C library on Linux, glibc or musl; `undefined` on other systems. */
export function openLibc<Functions extends Record<string, FFIFunction>>(
  functions: Functions,
): Library<Functions>["symbols"] | undefined {
  if (process.platform !== "linux") return undefined;
  for (const name of ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]) {
    try {
      return dlopen(name, functions).symbols;
    } catch {
      // Not this C library: try the next.
    }
  }
  return undefined;
}
