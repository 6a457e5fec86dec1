import type { MetadataChange } from "../../chat/model/metadata.ts";
import { NUMERICS } from "../../wire/numerics.ts";

const NOBODY = "*"; // in place of the reader's nick, so that all readers get the same bytes

/** The line that tells subscribers of a change, without its source. */
export function metadataLine(target: string, { key, value }: MetadataChange): string {
  if (value === undefined) {
    const [code, words] = NUMERICS.RPL_KEYNOTSET;
    return `${code} ${NOBODY} ${target} ${key} :${words}`;
  }
  const [code] = NUMERICS.RPL_KEYVALUE;
  return `${code} ${NOBODY} ${target} ${key} ${VISIBILITY} :${value}`;
}

/** The visibility of every key: everyone who may see the target. */
export const VISIBILITY = "*";
