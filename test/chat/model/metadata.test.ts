import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  differences,
  isChange,
  isMetadataKey,
  METADATA_VALUE,
  type Metadata,
  metadataOf,
  metadataRefusal,
  NO_METADATA,
  recordOf,
  withChange,
} from "../../../src/chat/model/metadata.ts";

const LAW = 60_000; // ms: a law takes under a second alone, and must pass on a busy machine

test.each([
  ["display-name", true],
  ["im.xmpp", true],
  ["soju.im/pinned", true],
  ["a_1", true],
  ["__proto__", true],
  ["k".repeat(50), true],
  ["k".repeat(51), false],
  ["", false],
  ["Color", false],
  [":key", false],
  ["two words", false],
  ["größe", false],
])("the key %p can be one: %p", (key, can) => {
  expect(isMetadataKey(key)).toBe(can);
});

test.each([
  [undefined, undefined],
  ["red", undefined],
  ["é".repeat(METADATA_VALUE / 2), undefined],
  ["é".repeat(METADATA_VALUE / 2 + 1), "metadata-value-bad"],
  ["", "metadata-value-bad"],
])("the value %p is refused as %p", (value, why) => {
  expect(metadataRefusal({ key: "color", value })?.why).toBe(why as never);
});

const key = fc.constantFrom("a", "b", "c", "__proto__");
test.each([
  ["https://example.org/~ann", true],
  ["http://example.org", true],
  ["javascript:alert(1)", false],
  ["data:text/html,hi", false],
  ["https:///", false],
  ["example.org", false],
])("%s can be the address of a page or a picture: %p", (value, can) => {
  for (const key of ["url", "avatar"]) expect(metadataRefusal({ key, value }) === undefined).toBe(can);
});

const metadata: fc.Arbitrary<Metadata> = fc
  .array(fc.tuple(key, fc.constantFrom("1", "2")))
  .map((entries) => metadataOf(new Map(entries).entries().toArray()));

test(
  "the differences of two make one into the other, and each is a change",
  () => {
    fc.assert(
      fc.property(metadata, metadata, (before, after) => {
        let changed = before;
        for (const change of differences(before, after)) {
          expect(isChange(changed, change)).toBe(true);
          changed = withChange(changed, change);
        }
        expect(new Map(changed)).toEqual(new Map(after));
      }),
    );
  },
  LAW,
);

test(
  "stored metadata are restored unchanged, and empty metadata are not stored",
  () => {
    fc.assert(
      fc.property(metadata, (all) => {
        expect(metadataOf(JSON.parse(JSON.stringify({ all: recordOf(all) })).all)).toEqual(all);
      }),
    );
    expect(recordOf(NO_METADATA)).toBeUndefined();
  },
  LAW,
);
