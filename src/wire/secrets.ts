import { createHash, timingSafeEqual } from "node:crypto";

/** Whether two secrets are equal. The time taken depends neither on where they differ nor on their lengths. */
export function isSameSecret(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/** Digests have a fixed length, so comparing two takes a fixed time. */
function digest(secret: string | Uint8Array): Buffer {
  return createHash("sha256").update(secret).digest();
}
