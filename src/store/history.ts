import type { Statement } from "bun:sqlite";
import type { Manner } from "../chat/act.ts";
import type { EventOf } from "../chat/event.ts";
import type { Conversation, Happened, Place, Remembered, Span } from "../chat/store.ts";
import { type Folded, fold } from "../text/fold.ts";
import type { Ledger } from "./ledger.ts";

/** A message as it lies in the database. */
interface MessageRow {
  readonly seq: number;
  readonly time: number;
  readonly manner: Manner;
  readonly nick: string;
  readonly user: string;
  readonly host: string;
  readonly account: string | null;
  readonly target: string;
  readonly text: string;
  readonly tags: string | null;
}

type SpanParams = [place: number, from: number, before: number, limit: number];

const COLUMNS = "seq, time, manner, nick, user, host, account, target, text, tags";
const STRETCH = "WHERE place = ? AND seq >= ? AND seq < ? ORDER BY seq";
const END = Number.MAX_SAFE_INTEGER;

/**
 * Messages, and what happened besides. What is appended waits in a list and is inserted when the turn commits, or when
 * somebody reads: an append costs next to nothing, and nothing is inserted twice.
 */
export class History {
  readonly #ledger: Ledger;
  #waiting: { readonly place: Place; readonly event: EventOf<"said"> }[] = [];
  /** Inserted in this turn, or dropped by a failure of it. */
  #turn: EventOf<"said">[] = [];
  readonly #insert: Statement;
  readonly #insertSent: Statement;
  readonly #insertHappening: Statement;
  readonly #latest: Statement<MessageRow, SpanParams>;
  readonly #first: Statement<MessageRow, SpanParams>;
  readonly #latestHappenings: Statement<{ event: string }, SpanParams>;
  readonly #firstHappenings: Statement<{ event: string }, SpanParams>;
  readonly #next: Statement<{ seq: number; time: number }, [number, number]>;
  readonly #sent: Statement<{ seq: number }, [number, string]>;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    const { db } = ledger;
    this.#insert = db.prepare("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#insertSent = db.prepare("INSERT OR REPLACE INTO sent VALUES (?, ?, ?)");
    this.#insertHappening = db.prepare("INSERT OR REPLACE INTO happening VALUES (?, ?, ?, ?)");
    this.#latest = db.prepare(`SELECT ${COLUMNS} FROM message ${STRETCH} DESC LIMIT ?`);
    this.#first = db.prepare(`SELECT ${COLUMNS} FROM message ${STRETCH} LIMIT ?`);
    this.#latestHappenings = db.prepare(`SELECT event FROM happening ${STRETCH} DESC LIMIT ?`);
    this.#firstHappenings = db.prepare(`SELECT event FROM happening ${STRETCH} LIMIT ?`);
    this.#next = db.prepare("SELECT seq, time FROM message WHERE place = ? AND seq >= ? ORDER BY seq LIMIT 1");
    this.#sent = db.prepare("SELECT seq FROM sent WHERE place = ? AND id = ?");
  }

  append(place: Place, event: EventOf<"said">): void {
    if (!this.#ledger.isDown) this.#waiting.push({ place, event });
  }

  note(place: Place, event: Happened): void {
    this.#ledger.write(() => {
      const { origin: _, ...kept } = event;
      this.#insertHappening.run(this.#ledger.placeId(place), event.seq, event.time, JSON.stringify(kept));
    });
  }

  /** Inserts what waits. */
  write(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const { event } of waiting) this.#turn.push(event);
    this.#ledger.write(() => {
      for (const { place, event } of waiting) this.#insertOne(this.#ledger.placeId(place), event);
    });
  }

  /** The turn is over: answers what was appended in it. */
  takeTurn(): readonly EventOf<"said">[] {
    const turn = this.#turn;
    if (turn.length > 0) this.#turn = [];
    return turn;
  }

  read(place: Place, { from, before = END, limit, first }: Span): readonly Remembered[] {
    this.write();
    const id = this.#ledger.findPlace(place);
    if (id === undefined) return [];
    const rows = (first ? this.#first : this.#latest).all(id, from, before, limit);
    if (!first) rows.reverse();
    return rows.map((row) => remembered(row, place));
  }

  happenings(place: Place, { from, before = END, limit, first }: Span): readonly Happened[] {
    const id = this.#ledger.findPlace(place);
    if (id === undefined) return [];
    const rows = (first ? this.#firstHappenings : this.#latestHappenings).all(id, from, before, limit);
    if (!first) rows.reverse();
    return rows.map(({ event }) => ({ ...(JSON.parse(event) as Happened), origin: undefined }));
  }

  /** Time never goes back along the order, so the place of a time in it is found by halving. */
  seqAt(place: Place, time: number): number {
    this.write();
    const id = this.#ledger.findPlace(place);
    if (id === undefined) return END;
    let low = 0;
    let high = (this.#latest.get(id, 0, END, 1)?.seq ?? -1) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const next = this.#next.get(id, middle);
      if (!next || next.time >= time) high = middle;
      else low = next.seq + 1;
    }
    return this.#next.get(id, low)?.seq ?? END;
  }

  sentAs(place: Place, id: string): Remembered | undefined {
    this.write();
    const at = this.#ledger.findPlace(place);
    const row = at === undefined ? undefined : this.#sent.get(at, id);
    return row ? this.read(place, { from: row.seq, before: row.seq + 1, limit: 1 })[0] : undefined;
  }

  redact(place: Place, seq: number, by: string, reason: string, time: number): void {
    const [message] = this.read(place, { from: seq, before: seq + 1, limit: 1 });
    const id = this.#ledger.findPlace(place);
    if (!message || id === undefined) return;
    this.#ledger.write(() => {
      const { db } = this.#ledger;
      const kept = JSON.stringify({ from: message.from, text: message.text, time: message.time });
      db.query("INSERT OR REPLACE INTO redaction VALUES (?, ?, ?, ?, ?, ?)").run(id, seq, time, by, reason, kept);
      db.query("DELETE FROM message WHERE place = ? AND seq = ?").run(id, seq);
    });
  }

  converse(account: Folded, peer: Folded, name: string, place: Place): void {
    this.#ledger.write(() => {
      const { db } = this.#ledger;
      db.query("INSERT OR REPLACE INTO conversation VALUES (?, ?, ?, ?)").run(
        account,
        peer,
        this.#ledger.placeId(place),
        name,
      );
    });
  }

  conversations(account: Folded): readonly Conversation[] {
    this.write();
    return this.#ledger.db
      .query<Conversation, [string]>(
        `SELECT name, (SELECT time FROM message WHERE place = conversation.place ORDER BY seq DESC LIMIT 1) AS time
         FROM conversation WHERE account = ? AND time IS NOT NULL`,
      )
      .all(account);
  }

  /** The latest time of any message: the last of each place is at the end of its stretch of the tree. */
  latestTime(): number {
    const row = this.#ledger.db
      .query<{ time: number | null }, []>(
        "SELECT max((SELECT time FROM message WHERE place = place.id ORDER BY seq DESC LIMIT 1)) AS time FROM place",
      )
      .get();
    return row?.time ?? 0;
  }

  #insertOne(place: number, { seq, time, manner, from, to, text, tags, id }: EventOf<"said">): void {
    const { nick, user, host, account } = from;
    const kept = tags && tags.size > 0 ? JSON.stringify([...tags]) : null;
    this.#insert.run(place, seq, time, manner, nick, user, host, account ?? null, to, text, kept);
    if (id !== undefined) this.#insertSent.run(place, id, seq);
  }
}

function remembered(row: MessageRow, place: Place): Remembered {
  const { seq, time, manner, nick, user, host, account, target, text, tags } = row;
  return {
    type: "said",
    seq,
    time,
    origin: undefined,
    from: { nick, user, host, realname: "", account: account ?? undefined },
    to: target,
    inRoom: fold(target) === place,
    rank: undefined,
    manner,
    text,
    tags: tags === null ? undefined : new Map(JSON.parse(tags) as [string, string][]),
    away: undefined,
  };
}
