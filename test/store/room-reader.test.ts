import { expect, test } from "bun:test";
import { RoomReader } from "../../src/store/room-reader.ts";
import { fold } from "../../src/text/fold.ts";
import { said, signalled, TemporaryStore } from "../support/temporary-store.ts";

const DEV = fold("#dev");

/** The sequence numbers of the messages read. */
function seqs(reader: RoomReader, after = 0, since = 0): readonly number[] {
  const room = reader.find(DEV);
  return room ? Array.from(reader.entries(room, after, since), ({ seq }) => seq) : [];
}

test("messages and signals of one room come in their order, from a message or a time on", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const seq of [1, 3, 5]) store.append(DEV, said(seq, { to: "#dev", time: seq * 100 }));
  store.append(DEV, signalled(4, { to: "#dev", time: 400 }));
  store.append(fold("#other"), said(2, { to: "#other" }));
  store.commit();
  using reader = new RoomReader(temp.file);
  expect(seqs(reader)).toEqual([1, 3, 4, 5]);
  expect([seqs(reader, 3), seqs(reader, 0, 400)]).toEqual([
    [4, 5],
    [4, 5],
  ]);
  expect(reader.seqOf(store.msgid(3))).toBe(3);
  expect([reader.seqOf("other-3"), reader.find(fold("#nowhere")), reader.keys()]).toEqual([
    undefined,
    undefined,
    ["#dev", "#other"],
  ]);
  // Messages said during the reading are read too: the reader holds no lock.
  store.append(DEV, said(6, { to: "#dev" }));
  store.commit();
  expect(seqs(reader)).toEqual([1, 3, 4, 5, 6]);
});

test("a page after the other is read, behind the index of places and before it", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const all = Array.from({ length: 1700 }, (_, n) => n + 1);
  for (const seq of all) {
    store.append(DEV, said(seq, { to: "#dev" }));
    if (seq === 900) store.history(DEV, { from: 0, limit: 1 }); // fills the index
  }
  store.commit();
  using reader = new RoomReader(temp.file);
  expect(seqs(reader)).toEqual(all);
});

test("a file that is no database is refused in words", () => {
  using temp = new TemporaryStore();
  expect(() => new RoomReader(`${temp.folder}/none.db`)).toThrow("cannot be opened");
});
