import type { Refusal } from "./refusal.ts";

/**
 * The metadata of a member or a room: values by key, such as a display name, a colour, the address of a picture.
 * Immutable: each change makes a new map.
 */
export type Metadata = ReadonlyMap<string, string>;

/** Metadata as stored: entries, since a key may be `__proto__`. */
export type MetadataRecord = readonly (readonly [key: string, value: string])[];

/** A key's new value; `undefined` removes the key. */
export interface MetadataChange {
  readonly key: string;
  readonly value: string | undefined;
}

export const NO_METADATA: Metadata = new Map();

/** Bytes of a key and of a value: together with the longest nick and room they fit a line of IRC. */
export const METADATA_KEY = 50;
export const METADATA_VALUE = 300;

/** Milliseconds of the window in which a member's changes of its own metadata are counted. */
export const METADATA_WINDOW = 120_000; // Ergo

const KEY = /^[a-z0-9_./-]+$/; // draft/metadata-3

/** Whether a key is well-formed. */
export function isMetadataKey(key: string): boolean {
  return key.length <= METADATA_KEY && KEY.test(key);
}

/** Whether clients open or load the value of a key: it has to be an address in the web. */
export function isAddressKey(key: string): boolean {
  return key === "url" || key === "avatar";
}

function isWeb(value: string): boolean {
  return /^https?:\/\/[^\s/]/i.test(value);
}

/** Why a change is invalid for everyone; `undefined` if it is valid. */
export function metadataRefusal({ key, value }: MetadataChange): Refusal | undefined {
  if (!isMetadataKey(key)) return { why: "metadata-key-bad", key };
  if (value === undefined) return undefined;
  const isFit = value !== "" && Buffer.byteLength(value) <= METADATA_VALUE && (!isAddressKey(key) || isWeb(value));
  return isFit ? undefined : { why: "metadata-value-bad", key };
}

/** The metadata after a change. */
export function withChange(metadata: Metadata, { key, value }: MetadataChange): Metadata {
  const changed = new Map(metadata);
  if (value === undefined) changed.delete(key);
  else changed.set(key, value);
  return changed.size === 0 ? NO_METADATA : changed;
}

/** Whether the change makes a difference. */
export function isChange(metadata: Metadata, { key, value }: MetadataChange): boolean {
  return metadata.get(key) !== value;
}

/** The changes that turn one into the other. */
export function* differences(before: Metadata, after: Metadata): Generator<MetadataChange> {
  for (const key of before.keys()) if (!after.has(key)) yield { key, value: undefined };
  for (const [key, value] of after) if (before.get(key) !== value) yield { key, value };
}

export function recordOf(metadata: Metadata): MetadataRecord | undefined {
  return metadata.size > 0 ? [...metadata] : undefined;
}

export function metadataOf(record: MetadataRecord | undefined): Metadata {
  return record && record.length > 0 ? new Map(record) : NO_METADATA;
}
