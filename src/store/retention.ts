import type { Place } from "../chat/store.ts";
import { Timeline } from "./timeline.ts";
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
 * Deletes what is older than the cutoffs, one slice per step; between two steps anything else may run. Yields whether
 * the step succeeded: false means that the database is in use, so try again later. Returns the `seq` up to which all
 * messages are deleted, 0 if none is.
 *
 * Old rows are those at the beginning of the `seq` order, whatever the clock did since.
 */
export function* applyRetention(
  writer: Writer,
  { messages, ids, now }: RetentionCutoffs,
  watch: RetentionWatch = { placeRemoved: () => {}, messagesRemoved: () => {} },
): Generator<boolean, number> {
  const timeline = new Timeline(writer);
  const old = messages === undefined ? undefined : timeline.expiredUpTo(messages, now);
  const oldIds = timeline.expiredUpTo(ids, now);
  const last = old === undefined ? 0 : yield* sweepMessages(writer, old);
  if (old !== undefined) yield* sweepRedactions(writer, old);
  yield* sweepIds(writer, oldIds);
  const next = writer.db.query<PlaceRow, [number]>("SELECT id, key FROM place WHERE id > ? ORDER BY id LIMIT 1");
  const keeps = writer.db.query<{ keeps: number | null }, [string]>(
    "SELECT json_extract(record, '$.keeps') AS keeps FROM room WHERE key = ?",
  );
  for (let place = next.get(0); place; place = next.get(place.id)) {
    if (old !== undefined) {
      yield* sweepPostings(writer, place.id);
      yield* sweepHappenings(writer, place.id, old);
    }
    const kept = keeps.get(place.key)?.keeps ?? undefined;
    if (kept !== undefined) yield* sweepRoom(writer, place, timeline.expiredUpTo(now - kept, now), watch);
    if (place.key.startsWith(DROPPED_PREFIX)) yield* sweepEverythingOf(writer, place, END, watch);
    if (yield* sweepPlace(writer, place)) watch.placeRemoved(place.key);
    yield true;
  }
  return last;
}

/** Receives the places and messages deleted for other reasons than the age of a message. */
interface RetentionWatch {
  placeRemoved(place: Place): void;
  messagesRemoved(seqs: readonly number[]): void;
}

interface PlaceRow {
  readonly id: number;
  readonly key: Place;
}

/** Deletes old messages; returns the `seq` of the last one deleted, or 0. */
function* sweepMessages(writer: Writer, upTo: number): Generator<boolean, number> {
  const { db } = writer;
  const oldest = db.query<{ seq: number }, [number]>(
    `SELECT seq FROM message WHERE seq <= ? ORDER BY seq LIMIT ${SLICE}`,
  );
  let gone = 0;
  for (;;) {
    const rows = oldest.all(upTo);
    const last = rows.at(-1);
    if (!last) return gone;
    const done = writer.writeAlone(() => db.query("DELETE FROM message WHERE seq <= ?").run(last.seq));
    yield done;
    if (!done) continue;
    gone = last.seq;
    if (rows.length < SLICE) return gone;
  }
}

/**
 * Deletes a place's postings of deleted messages. A posting without its message is skipped by reads, so this can come
 * later.
 */
function* sweepPostings(writer: Writer, place: number): Generator<boolean, void> {
  const first = "coalesce((SELECT min(seq) FROM message), 9e15)";
  const slice = `SELECT seq FROM posting WHERE place = ?1 AND seq < ${first} ORDER BY seq LIMIT ${SLICE}`;
  const remove = writer.db.query(`DELETE FROM posting WHERE place = ?1 AND seq IN (${slice})`);
  for (let rest = true; rest; ) {
    const done = writer.writeAlone(() => {
      rest = remove.run(place).changes === SLICE;
    });
    yield done;
    if (!done) rest = true;
  }
}

/** Deletes what is old in a room that keeps its history for less time than the server, or not at all. */
function* sweepRoom(writer: Writer, place: PlaceRow, upTo: number, watch: RetentionWatch): Generator<boolean, void> {
  yield* sweepEverythingOf(writer, place, upTo, watch);
  yield* sweepRedactions(writer, upTo, place.key);
}

/** Deletes the messages and events of one place up to a `seq`. */
function* sweepEverythingOf(
  writer: Writer,
  { id }: PlaceRow,
  upTo: number,
  watch: RetentionWatch,
): Generator<boolean, void> {
  const { db } = writer;
  yield* sweepHappenings(writer, id, upTo);
  const slice = db.query<{ seq: number }, [number, number]>(
    `SELECT seq FROM posting WHERE place = ?1 AND seq <= ?2 UNION ALL
     SELECT seq FROM message WHERE seq > ${POSTED} AND seq <= ?2 AND place = ?1 LIMIT ${SLICE}`,
  );
  const [message, posting] = ["message", "posting"].map((table) =>
    db.query(`DELETE FROM ${table} WHERE place = ? AND seq = ?`),
  );
  const oldest = () => slice.all(id, upTo).map(({ seq }) => seq);
  for (let seqs = oldest(); seqs.length > 0; seqs = oldest()) {
    const done = writer.writeAlone(() => {
      for (const seq of seqs) {
        message?.run(id, seq);
        posting?.run(id, seq);
      }
    });
    if (done) watch.messagesRemoved(seqs);
    yield done;
  }
}

/** The watermark of `PlaceIndex`: the few messages above it have no posting yet. */
const POSTED = "coalesce((SELECT value FROM meta WHERE key = 'posted'), -1)";
const IS_EMPTY = `SELECT NOT EXISTS (SELECT 1 FROM posting WHERE place = ?1) AND NOT EXISTS (
    SELECT 1 FROM message WHERE seq > ${POSTED} AND place = ?1
  ) AND NOT EXISTS (
    SELECT 1 FROM happening WHERE place = ?1 AND json_extract(event, '$.type') = 'signalled'
  ) AS isEmpty`;

/** Deletes a place without messages and signals, with its room events and conversations. Returns whether it is gone. */
function* sweepPlace(writer: Writer, { id, key }: PlaceRow): Generator<boolean, boolean> {
  const { db } = writer;
  const empty = db.query<{ isEmpty: number }, [number]>(IS_EMPTY);
  const isEmpty = () => empty.get(id)?.isEmpty === 1;
  if (!isEmpty()) return false;
  yield* sweepHappenings(writer, id, END);
  for (;;) {
    let isGone = false;
    const done = writer.writeAlone(() => {
      isGone = isEmpty();
      if (!isGone) return;
      const [one = "", other = ""] = key.split(" ");
      const talk = db.query("DELETE FROM conversation WHERE account = ? AND peer = ?");
      talk.run(one, other);
      talk.run(other, one);
      db.query("DELETE FROM happening WHERE place = ?").run(id);
      db.query("DELETE FROM place WHERE id = ?").run(id);
    });
    if (done && isGone) writer.forgetPlace(key);
    if (done) return isGone;
    yield false;
  }
}

/** Deletes old room events of a place. */
function* sweepHappenings(writer: Writer, place: number, upTo: number): Generator<boolean, void> {
  const oldest = writer.db.query<{ seq: number }, [number, number]>(
    `SELECT seq FROM happening WHERE place = ? AND seq <= ? ORDER BY seq LIMIT ${SLICE}`,
  );
  const remove = writer.db.query("DELETE FROM happening WHERE place = ? AND seq <= ?");
  yield* sweepRows(
    writer,
    () => oldest.all(place, upTo),
    (last) => remove.run(place, last),
  );
}

/** Deletes the records of redacted messages, of all places or of one, when the messages themselves would have been deleted. */
function* sweepRedactions(writer: Writer, upTo: number, place: string | null = null): Generator<boolean, void> {
  const old = "redaction WHERE seq <= ?1 AND (?2 IS NULL OR place = ?2)";
  const oldest = writer.db.query<{ seq: number }, [number, string | null]>(
    `SELECT seq FROM ${old} ORDER BY seq LIMIT ${SLICE}`,
  );
  const remove = writer.db.query(`DELETE FROM ${old}`);
  yield* sweepRows(
    writer,
    () => oldest.all(upTo, place),
    (last) => remove.run(last, place),
  );
}

/** Deletes rows slice by slice until fewer than a slice are old. */
function* sweepRows(
  writer: Writer,
  oldOf: () => readonly { readonly seq: number }[],
  remove: (last: number) => void,
): Generator<boolean, void> {
  for (;;) {
    const old = oldOf();
    const last = old.at(-1);
    if (!last) return;
    const done = writer.writeAlone(() => remove(last.seq));
    yield done;
    if (done && old.length < SLICE) return;
  }
}

/**
 * Deletes client ids that are too old, or whose message is deleted. The id of a redacted message stays until it is too
 * old.
 */
function* sweepIds(writer: Writer, upTo: number): Generator<boolean, void> {
  type Key = [target: string, sender: string, id: string];
  const slice = writer.db.query<{ target: string; sender: string; id: string; isOld: number }, [...Key, number]>(
    `SELECT sent.target, sender, id, (
       message.seq IS NULL AND redaction.seq IS NULL
       AND NOT EXISTS (SELECT 1 FROM happening WHERE happening.seq = sent.seq)
     ) OR seq <= ?4 AS isOld
     FROM sent LEFT JOIN message USING (seq) LEFT JOIN redaction USING (seq)
     WHERE (sent.target, sender, id) > (?1, ?2, ?3) ORDER BY sent.target, sender, id LIMIT ${SLICE}`,
  );
  const remove = writer.db.query("DELETE FROM sent WHERE target = ? AND sender = ? AND id = ?");
  for (let last: Key = ["", "", ""]; ; ) {
    const rows = slice.all(...last, upTo);
    const old = rows.filter(({ isOld }) => isOld === 1);
    const done =
      old.length === 0 ||
      writer.writeAlone(() => {
        for (const { target, sender, id } of old) remove.run(target, sender, id);
      });
    const end = rows.at(-1);
    if (done && (!end || rows.length < SLICE)) return;
    yield done;
    if (done && end) last = [end.target, end.sender, end.id];
  }
}
