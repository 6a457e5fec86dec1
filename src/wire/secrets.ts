import { createHash, timingSafeEqual } from "node:crypto";

/** Whether two secrets are the same, in a time that does not tell how much of them is, nor how long they are. */
export function isSameSecret(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/** Digests have one length, and take one time to compare. */
function digest(secret: string | Uint8Array): Buffer {
  return createHash("sha256").update(secret).digest();
}
