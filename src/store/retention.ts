import type { Place } from "../chat/store.ts";
import { Timeline } from "./timeline.ts";
import type { Writer } from "./writer.ts";

const SLICE = 100; // rows that are taken out at once: a millisecond or two

/** How the key of a place begins that was dropped: no room has a comma in its name. */
export const DROPPED = "#,";

/** What is older than these times is taken out; milliseconds since 1970. */
export interface Ages {
  /** What was said, happened or was taken back; `undefined` keeps all of it. */
  readonly messages: number | undefined;
  /** The senders' own names of messages. */
  readonly ids: number;
  /** The present: a later time was stamped by a clock that was ahead. */
  readonly now: number;
}

/**
 * Takes out what is too old, slice by slice: between two steps anything else may be done. Answers
 * the last message of the order that is gone, and with it all before; 0 if none is. Yields whether it got on: false
 * means that the database is in use, and that it is to be tried again later.
 *
 * Old rows are at the beginning of the order, whatever the clock did since.
 */
export function* applyRetention(
  writer: Writer,
  { messages, ids, now }: Ages,
  gone: Gone = { place: () => {}, messages: () => {} },
): Generator<boolean, number> {
  const timeline = new Timeline(writer);
  const old = messages === undefined ? undefined : timeline.oldUpTo(messages, now);
  const oldIds = timeline.oldUpTo(ids, now);
  const last = old === undefined ? 0 : yield* sweepMessages(writer, old);
  if (old !== undefined) yield* sweepRedactions(writer, old);
  yield* sweepIds(writer, oldIds);
  const next = writer.db.query<PlaceRow, [number]>("SELECT id, key FROM place WHERE id > ? ORDER BY id LIMIT 1");
  for (let place = next.get(0); place; place = next.get(place.id)) {
    if (old !== undefined) {
      yield* sweepPostings(writer, place.id);
      yield* sweepHappenings(writer, place.id, old);
    }
    if (place.key.startsWith(DROPPED)) yield* sweepDropped(writer, place, gone);
    if (yield* sweepPlace(writer, place)) gone.place(place.key);
    yield true;
  }
  return last;
}

/** Is told what is gone for another reason than its age. */
interface Gone {
  place(place: Place): void;
  messages(seqs: readonly number[]): void;
}

interface PlaceRow {
  readonly id: number;
  readonly key: Place;
}

/** Answers the last of the order that is gone. */
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
    const done = writer.aside(() => db.query("DELETE FROM message WHERE seq <= ?").run(last.seq));
    yield done;
    if (!done) continue;
    gone = last.seq;
    if (rows.length < SLICE) return gone;
  }
}

/** Takes out where messages were that are gone: nobody misses that, so it comes behind them. */
function* sweepPostings(writer: Writer, place: number): Generator<boolean, void> {
  const first = "coalesce((SELECT min(seq) FROM message), 9e15)";
  const some = `SELECT seq FROM posting WHERE place = ?1 AND seq < ${first} ORDER BY seq LIMIT ${SLICE}`;
  const remove = writer.db.query(`DELETE FROM posting WHERE place = ?1 AND seq IN (${some})`);
  for (let rest = true; rest; ) {
    const done = writer.aside(() => {
      rest = remove.run(place).changes === SLICE;
    });
    yield done;
    if (!done) rest = true;
  }
}

/** All that was said in a place that was dropped. */
function* sweepDropped(writer: Writer, { id }: PlaceRow, gone: Gone): Generator<boolean, void> {
  const { db } = writer;
  const some = db.query<{ seq: number }, [number]>(
    `SELECT seq FROM posting WHERE place = ?1 UNION ALL
     SELECT seq FROM message WHERE seq > ${POSTED} AND place = ?1 LIMIT ${SLICE}`,
  );
  const [message, posting] = ["message", "posting"].map((table) =>
    db.query(`DELETE FROM ${table} WHERE place = ? AND seq = ?`),
  );
  for (let seqs = seqsOf(some.all(id)); seqs.length > 0; seqs = seqsOf(some.all(id))) {
    const done = writer.aside(() => {
      for (const seq of seqs) {
        message?.run(id, seq);
        posting?.run(id, seq);
      }
    });
    if (done) gone.messages(seqs);
    yield done;
  }
}

function seqsOf(rows: readonly { readonly seq: number }[]): readonly number[] {
  return rows.map(({ seq }) => seq);
}

/** Up to where messages are posted; those behind are few: see `PlaceIndex`. */
const POSTED = "coalesce((SELECT value FROM meta WHERE key = 'posted'), -1)";
const IS_EMPTY = `SELECT NOT EXISTS (SELECT 1 FROM posting WHERE place = ?1) AND NOT EXISTS (
    SELECT 1 FROM message WHERE seq > ${POSTED} AND place = ?1
  ) AS isEmpty`;

/**
 * Takes out a place where nothing that was said is left, with what happened there besides; whoever talked there may
 * talk again. Answers whether it is gone.
 */
function* sweepPlace(writer: Writer, { id, key }: PlaceRow): Generator<boolean, boolean> {
  const { db } = writer;
  const empty = db.query<{ isEmpty: number }, [number]>(IS_EMPTY);
  const isEmpty = () => empty.get(id)?.isEmpty === 1;
  if (!isEmpty()) return false;
  yield* sweepHappenings(writer, id, Number.MAX_SAFE_INTEGER);
  for (;;) {
    let isGone = false;
    const done = writer.aside(() => {
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

/** Sweeps what happened in a place besides talk. */
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

/** Sweeps messages that were taken back, at the time when they would have gone otherwise. */
function* sweepRedactions(writer: Writer, upTo: number): Generator<boolean, void> {
  const oldest = writer.db.query<{ seq: number }, [number]>(
    `SELECT seq FROM redaction WHERE seq <= ? ORDER BY seq LIMIT ${SLICE}`,
  );
  const remove = writer.db.query("DELETE FROM redaction WHERE seq <= ?");
  yield* sweepRows(
    writer,
    () => oldest.all(upTo),
    (last) => remove.run(last),
  );
}

/** Takes out rows as long as a slice of them is too old. */
function* sweepRows(
  writer: Writer,
  oldOf: () => readonly { readonly seq: number }[],
  remove: (last: number) => void,
): Generator<boolean, void> {
  for (;;) {
    const old = oldOf();
    const last = old.at(-1);
    if (!last) return;
    const done = writer.aside(() => remove(last.seq));
    yield done;
    if (done && old.length < SLICE) return;
  }
}

/** An id goes with its message, unless that was taken back, or once it is too old. */
function* sweepIds(writer: Writer, upTo: number): Generator<boolean, void> {
  type Key = [target: string, sender: string, id: string];
  const some = writer.db.query<{ target: string; sender: string; id: string; isOld: number }, [...Key, number]>(
    `SELECT sent.target, sender, id, (message.seq IS NULL AND redaction.seq IS NULL) OR seq <= ?4 AS isOld
     FROM sent LEFT JOIN message USING (seq) LEFT JOIN redaction USING (seq)
     WHERE (sent.target, sender, id) > (?1, ?2, ?3) ORDER BY sent.target, sender, id LIMIT ${SLICE}`,
  );
  const remove = writer.db.query("DELETE FROM sent WHERE target = ? AND sender = ? AND id = ?");
  for (let last: Key = ["", "", ""]; ; ) {
    const rows = some.all(...last, upTo);
    const old = rows.filter(({ isOld }) => isOld === 1);
    const done =
      old.length === 0 ||
      writer.aside(() => {
        for (const { target, sender, id } of old) remove.run(target, sender, id);
      });
    const end = rows.at(-1);
    if (done && (!end || rows.length < SLICE)) return;
    yield done;
    if (done && end) last = [end.target, end.sender, end.id];
  }
}
