import type { Refusal } from "./refusal.ts";

/** Why no more rooms are opened for someone at present, without an end. */
export function newRoomsWords({ most, seconds }: Refusal & { why: "too-many-new-rooms" }): string {
  const wait = seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
  return `${most} new rooms were opened from your address in ten minutes, and that is the most; another works in ${wait}`;
}
