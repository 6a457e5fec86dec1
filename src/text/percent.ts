/** A part of an address without its percent signs; as it is if they are wrong: it may have been typed by hand. */
export function fromPercents(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
