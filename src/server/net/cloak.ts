import { blockOf } from "./networks.ts";

/**
 * The cloak of an address, which others see instead of it: always the same for the same address and key, and telling
 * nothing of it. All addresses of an IPv6 /64 have one. Sixty bits of an HMAC-SHA-256, in base 32.
 */
export function cloak(address: string, key: Uint8Array): string {
  const digest = new Bun.CryptoHasher("sha256", key).update(blockOf(address)).digest();
  let text = "";
  for (const byte of digest.subarray(0, 12)) text += "abcdefghijklmnopqrstuvwxyz234567"[byte & 31];
  return `${text}.cloak`;
}
