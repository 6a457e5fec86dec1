import type { Deletion, Place } from "../chat/store.ts";
import { Timeline } from "./history-index.ts";
import type { Writer } from "./writer.ts";

const END = Number.MAX_SAFE_INTEGER; // above every seq
const SLICE = 100; // rows deleted per transaction: one or two milliseconds

/** Prefix of the key of a dropped place. No room's name contains a comma. */
export const DROPPED_PREFIX = "#,";

/** Times before which content is deleted, in milliseconds since 1970. */
export interface RetentionCutoffs {
  /** For messages, room events and redactions; `undefined` keeps them for ever. */
  readonly messages: number | undefined;
  /** For the client ids of messages. */
  readonly ids: number;
  /** The present. A row with a later time was stamped by a clock that ran ahead. */
  readonly now: number;
}

/**
 * Makes a deletion, or in a cluster requests it. Returns false until the deletion is made: call it again with the same
 * object.
 */
export type Deleting = (deletion: Deletion) => boolean;

/**
 * Deletes rows older than the cutoffs, one slice per step; other work may run between two steps. Yields false if a step
 * did not succeed yet, to be tried again later.
 *
 * Rows expire in `seq` order, even if the clock was set back.
 */
export function* applyRetention(
  writer: Writer,
  { messages, ids, now }: RetentionCutoffs,
  deleting: Deleting = (deletion) => writer.writeAlone(() => deleteRows(writer, deletion)),
): Generator<boolean, void> {
  const timeline = new Timeline(writer);
  const old = messages === undefined ? undefined : timeline.expiredUpTo(messages, now);
  const oldIds = timeline.expiredUpTo(ids, now);
  if (old !== undefined) yield* sweepMessages(writer, old, deleting);
  if (old !== undefined) yield* sweepRedactions(writer, old, deleting);
  yield* sweepIds(writer, oldIds, deleting);
  const next = writer.db.query<PlaceRow, [number]>("SELECT id, key FROM place WHERE id > ? ORDER BY id LIMIT 1");
  const keeps = writer.db.query<{ keeps: number | null }, [string]>(
    "SELECT json_extract(record, '$.keeps') AS keeps FROM room WHERE key = ?",
  );
  for (let place = next.get(0); place; place = next.get(place.id)) {
    if (old !== undefined) {
      yield* sweepPostings(writer, place.id);
      yield* sweepEvents(writer, place, old, deleting);
    }
    const kept = keeps.get(place.key)?.keeps ?? undefined;
    if (kept !== undefined) yield* sweepRoom(writer, place, timeline.expiredUpTo(now - kept, now), deleting);
    if (place.key.startsWith(DROPPED_PREFIX)) yield* sweepEverythingOf(writer, place, END, deleting);
    yield* sweepPlace(writer, place, deleting);
    yield true;
  }
}

interface PlaceRow {
  readonly id: number;
  readonly key: Place;
}

/** Makes a deletion within a transaction. Afterwards all nodes of a cluster have the same rows. */
export function deleteRows(writer: Writer, deletion: Deletion): void {
  const { db } = writer;
  const { of } = deletion;
  if (of === "messages") {
    db.query("DELETE FROM message WHERE seq <= ?").run(deletion.upTo);
  } else if (of === "redactions") {
    db.query("DELETE FROM redaction WHERE seq <= ?1 AND (?2 IS NULL OR place = ?2)").run(
      deletion.upTo,
      deletion.place ?? null,
    );
  } else if (of === "ids") {
    const remove = db.query("DELETE FROM sent WHERE target = ? AND sender = ? AND id = ? AND seq = ?");
    for (const id of deletion.ids) remove.run(...id);
  } else {
    const id = writer.findPlace(deletion.place);
    if (id === undefined) return;
    if (of === "events") {
      db.query("DELETE FROM happening WHERE place = ? AND seq <= ?").run(id, deletion.upTo);
    } else if (of === "messages-of") {
      const tables = ["message", "posting"].map((table) =>
        db.query(`DELETE FROM ${table} WHERE place = ? AND seq = ?`),
      );
      for (const seq of deletion.seqs) for (const remove of tables) remove.run(id, seq);
    } else {
      deletePlace(writer, { id, key: deletion.place });
    }
  }
}

/** Deletes old messages of all places. */
function* sweepMessages({ db }: Writer, upTo: number, deleting: Deleting): Generator<boolean, void> {
  const oldest = db.query<{ seq: number }, [number]>(
    `SELECT seq FROM message WHERE seq <= ? ORDER BY seq LIMIT ${SLICE}`,
  );
  yield* sweepRows(
    () => oldest.all(upTo),
    (last) => ({ of: "messages", upTo: last }),
    deleting,
  );
}

/**
 * Deletes a place's postings of deleted messages. A posting without its message is skipped by reads, so this can come
 * later.
 */
function* sweepPostings(writer: Writer, place: number): Generator<boolean, void> {
  const remove = writer.db.query(DELETE_POSTINGS);
  for (let rest = true; rest; ) {
    const done = writer.writeAlone(() => {
      rest = remove.run(place, SLICE).changes === SLICE;
    });
    yield done;
    if (!done) rest = true;
  }
}

const DELETE_POSTINGS = `DELETE FROM posting WHERE place = ?1 AND seq IN (
    SELECT seq FROM posting WHERE place = ?1 AND seq < coalesce((SELECT min(seq) FROM message), 9e15)
    ORDER BY seq LIMIT ?2
  )`;

/** Deletes what is old in a room that keeps its history for less time than the server, or not at all. */
function* sweepRoom(writer: Writer, place: PlaceRow, upTo: number, deleting: Deleting): Generator<boolean, void> {
  yield* sweepEverythingOf(writer, place, upTo, deleting);
  yield* sweepRedactions(writer, upTo, deleting, place.key);
}

/** Deletes the messages and events of one place up to a `seq`. */
function* sweepEverythingOf(
  writer: Writer,
  place: PlaceRow,
  upTo: number,
  deleting: Deleting,
): Generator<boolean, void> {
  yield* sweepEvents(writer, place, upTo, deleting);
  const slice = writer.db.query<{ seq: number }, [number, number]>(
    `SELECT seq FROM posting WHERE place = ?1 AND seq <= ?2 UNION ALL
     SELECT seq FROM message WHERE seq > ${POSTED} AND seq <= ?2 AND place = ?1 LIMIT ${SLICE}`,
  );
  const oldest = () => slice.all(place.id, upTo).map(({ seq }) => seq);
  for (let seqs = oldest(); seqs.length > 0; seqs = oldest())
    yield* made(deleting, { of: "messages-of", place: place.key, seqs });
}

/** The watermark of `PlaceIndex`: the few messages above it have no posting yet. */
const POSTED = "coalesce((SELECT value FROM meta WHERE key = 'posted'), -1)";
const IS_EMPTY = `SELECT NOT EXISTS (SELECT 1 FROM posting WHERE place = ?1) AND NOT EXISTS (
    SELECT 1 FROM message WHERE seq > ${POSTED} AND place = ?1
  ) AND NOT EXISTS (
    SELECT 1 FROM happening WHERE place = ?1 AND json_extract(event, '$.type') = 'signalled'
  ) AS isEmpty`;

function isEmpty({ db }: Writer, place: number): boolean {
  return db.query<{ isEmpty: number }, [number]>(IS_EMPTY).get(place)?.isEmpty === 1;
}

/** Deletes a place without messages and signals, with its room events and conversations. */
function* sweepPlace(writer: Writer, place: PlaceRow, deleting: Deleting): Generator<boolean, void> {
  if (!isEmpty(writer, place.id)) return;
  yield* sweepEvents(writer, place, END, deleting);
  yield* made(deleting, { of: "place", place: place.key });
}

/** Deletes a place, unless something was said there meanwhile. */
function deletePlace(writer: Writer, { id, key }: PlaceRow): void {
  const { db } = writer;
  db.query(DELETE_POSTINGS).run(id, -1);
  if (!isEmpty(writer, id)) return;
  const [one = "", other = ""] = key.split(" ");
  const talk = db.query("DELETE FROM conversation WHERE account = ? AND peer = ?");
  talk.run(one, other);
  talk.run(other, one);
  db.query("DELETE FROM happening WHERE place = ?").run(id);
  db.query("DELETE FROM place WHERE id = ?").run(id);
  writer.forgetPlace(key);
}

/** Deletes old events of a place. */
function* sweepEvents(
  { db }: Writer,
  { id, key: place }: PlaceRow,
  upTo: number,
  deleting: Deleting,
): Generator<boolean, void> {
  const oldest = db.query<{ seq: number }, [number, number]>(
    `SELECT seq FROM happening WHERE place = ? AND seq <= ? ORDER BY seq LIMIT ${SLICE}`,
  );
  yield* sweepRows(
    () => oldest.all(id, upTo),
    (last) => ({ of: "events", place, upTo: last }),
    deleting,
  );
}

/** Deletes the records of redacted messages, of all places or of one, when the messages themselves would have been deleted. */
function* sweepRedactions(
  { db }: Writer,
  upTo: number,
  deleting: Deleting,
  place?: Place | undefined,
): Generator<boolean, void> {
  const oldest = db.query<{ seq: number }, [number, string | null]>(
    `SELECT seq FROM redaction WHERE seq <= ?1 AND (?2 IS NULL OR place = ?2) ORDER BY seq LIMIT ${SLICE}`,
  );
  yield* sweepRows(
    () => oldest.all(upTo, place ?? null),
    (last) => ({ of: "redactions", upTo: last, place }),
    deleting,
  );
}

/** Deletes rows slice by slice until fewer than a slice are old. */
function* sweepRows(
  oldOf: () => readonly { readonly seq: number }[],
  deletionUpTo: (last: number) => Deletion,
  deleting: Deleting,
): Generator<boolean, void> {
  for (;;) {
    const old = oldOf();
    const last = old.at(-1);
    if (!last) return;
    yield* made(deleting, deletionUpTo(last.seq));
    if (old.length < SLICE) return;
  }
}

/** Waits until a deletion is made. */
function* made(deleting: Deleting, deletion: Deletion): Generator<boolean, void> {
  while (!deleting(deletion)) yield false;
  yield true;
}

/**
 * Deletes client ids that are too old, or whose message is deleted. The id of a redacted message stays until it is too
 * old.
 */
function* sweepIds({ db }: Writer, upTo: number, deleting: Deleting): Generator<boolean, void> {
  type Key = [target: string, sender: string, id: string];
  type Row = { target: string; sender: string; id: string; seq: number; isOld: number };
  const slice = db.query<Row, [...Key, number]>(
    `SELECT sent.target, sender, id, sent.seq, (
       message.seq IS NULL AND redaction.seq IS NULL
       AND NOT EXISTS (SELECT 1 FROM happening WHERE happening.seq = sent.seq)
     ) OR seq <= ?4 AS isOld
     FROM sent LEFT JOIN message USING (seq) LEFT JOIN redaction USING (seq)
     WHERE (sent.target, sender, id) > (?1, ?2, ?3) ORDER BY sent.target, sender, id LIMIT ${SLICE}`,
  );
  for (let last: Key = ["", "", ""]; ; ) {
    const rows = slice.all(...last, upTo);
    const old = rows.filter(({ isOld }) => isOld === 1);
    const ids = old.map(({ target, sender, id, seq }) => [target, sender, id, seq] as const);
    if (ids.length > 0) yield* made(deleting, { of: "ids", ids });
    else yield true;
    const end = rows.at(-1);
    if (!end || rows.length < SLICE) return;
    last = [end.target, end.sender, end.id];
  }
}
