import type { Statement } from "bun:sqlite";
import type { AccountId } from "../chat/model/account.ts";
import type { EventOf, StoredFirst } from "../chat/model/event.ts";
import type {
  ConversationRecord,
  HistorySpan,
  LocatedMessage,
  MissedConversation,
  Place,
  SearchHit,
  SentKey,
  Side,
  StoredEvent,
  StoredMessage,
  StoredSignal,
  UnreadMessage,
  UnreadReader,
} from "../chat/store.ts";
import type { Folded } from "../text/fold.ts";
import { PlaceIndex, Timeline } from "./history-index.ts";
import { COLUMNS, type MessageRow, toStoredEvent, toStoredMessage } from "./history-rows.ts";
import { DROPPED_PREFIX } from "./retention.ts";
import type { Writer } from "./writer.ts";

/** A message waiting to be inserted. */
interface QueuedMessage {
  readonly place: Place;
  readonly event: EventOf<"said">;
  readonly target: SentKey["target"];
}

type SpanParams = [place: number, from: number, before: number, limit: number];
const ALL_COLUMNS = `place, ${COLUMNS}`;
const IN_SPAN = "WHERE place = ? AND seq >= ? AND seq < ? ORDER BY seq";
const SELECT_POSTED = `SELECT message.${COLUMNS} FROM posting CROSS JOIN message ON message.seq = posting.seq
  WHERE posting.place = ? AND posting.seq >= ? AND posting.seq < ? ORDER BY posting.seq`;
const END = Number.MAX_SAFE_INTEGER;
const TOP = 2 ** 40; // above all seqs, for when the last one cannot be read
const MAX_FAILED_READS = 400; // of one span on damaged pages: 10 ms

/**
 * Stored messages and room events, by place and `seq`.
 *
 * An appended message waits in a queue, which is inserted as a whole when the tick commits or before a read. So an
 * append costs next to nothing, and a read sees all messages.
 */
export class History {
  readonly #writer: Writer;
  readonly #msgid: (seq: number) => string;
  #queue: QueuedMessage[] = [];
  /** This tick's messages, signals and redactions, whether written or lost to a failure. */
  #tickEvents: StoredFirst[] = [];
  readonly #insert: Statement;
  readonly #insertSent: Statement;
  readonly #insertEvent: Statement;
  readonly #placeIndex: PlaceIndex;
  readonly #timeline: Timeline;
  readonly #latest: Statement<MessageRow, SpanParams>;
  readonly #first: Statement<MessageRow, SpanParams>;
  readonly #unposted: Statement<MessageRow, SpanParams>;
  readonly #latestEvents: Statement<{ event: string }, SpanParams>;
  readonly #firstEvents: Statement<{ event: string }, SpanParams>;
  readonly #picked: Statement<MessageRow, [string]>;
  readonly #withPlace: Statement<MessageRow & { readonly key: Place }, [number]>;
  readonly #eventWithPlace: Statement<{ readonly event: string; readonly key: Place }, [number]>;
  readonly #sent: Statement<{ seq: number }, [target: string, sender: string, id: string]>;
  readonly #redacted: Statement<{ seq: number }, [target: string, sender: string, id: string]>;

  /** `msgid` encodes a sequence number. */
  constructor(writer: Writer, msgid: (seq: number) => string) {
    this.#writer = writer;
    this.#msgid = msgid;
    const { db } = writer;
    this.#insert = db.prepare(
      `INSERT INTO message (${ALL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertSent = db.prepare("INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?)");
    this.#insertEvent = db.prepare("INSERT OR REPLACE INTO happening VALUES (?, ?, ?, ?)");
    this.#placeIndex = new PlaceIndex(writer);
    this.#timeline = new Timeline(writer);
    this.#latest = db.prepare(`${SELECT_POSTED} DESC LIMIT ?`);
    this.#first = db.prepare(`${SELECT_POSTED} LIMIT ?`);
    this.#unposted = db.prepare(`SELECT ${COLUMNS} FROM message ${IN_SPAN} LIMIT ?`);
    this.#latestEvents = db.prepare(`SELECT event FROM happening ${IN_SPAN} DESC LIMIT ?`);
    this.#firstEvents = db.prepare(`SELECT event FROM happening ${IN_SPAN} LIMIT ?`);
    this.#picked = db.prepare(`SELECT ${COLUMNS} FROM message WHERE seq IN (SELECT value FROM json_each(?))`);
    this.#withPlace = db.prepare(
      `SELECT message.${COLUMNS}, place.key FROM message JOIN place ON place.id = message.place WHERE seq = ?`,
    );
    this.#eventWithPlace = db.prepare(
      "SELECT event, place.key FROM happening JOIN place ON place.id = happening.place WHERE seq = ?",
    );
    this.#sent = db.prepare("SELECT seq FROM sent WHERE target = ? AND sender = ? AND id = ?");
    this.#redacted = db.prepare(
      "SELECT seq FROM sent JOIN redaction USING (seq) WHERE target = ? AND sender = ? AND id = ?",
    );
  }

  append(place: Place, event: EventOf<"said" | "signalled">, target: SentKey["target"]): void {
    // Writing may have failed since the chat decided to store this message: then it is lost with the tick.
    if (this.#writer.isDown) this.#tickEvents.push(event);
    else if (event.type === "said") this.#queue.push({ place, event, target });
    else this.#appendSignal(place, event, target);
  }

  #appendSignal(place: Place, event: StoredSignal, target: SentKey["target"]): void {
    this.#tickEvents.push(event);
    this.#writer.write(() => {
      this.#insertHappening(place, event, { tags: [...event.tags] });
      if (event.id !== undefined) this.#insertSent.run(target, event.from.account?.id ?? "", event.id, event.seq);
    });
  }

  appendEvent(place: Place, event: StoredEvent): void {
    this.#writer.write(() => this.#insertHappening(place, event));
  }

  /** Inserts an event as JSON; `more` replaces those of its fields that JSON has no form for. */
  #insertHappening(place: Place, event: StoredEvent, more?: object): void {
    const { origin: _, msgid: __, ...kept } = event;
    this.#insertEvent.run(this.#writer.placeId(place), event.seq, event.time, JSON.stringify({ ...kept, ...more }));
  }

  /** Inserts the queued messages. */
  flush(): void {
    const queue = this.#queue;
    if (queue.length === 0) return;
    this.#queue = [];
    for (const { event } of queue) this.#tickEvents.push(event);
    const done = this.#writer.write(() => {
      for (const message of queue) this.#insertMessage(message);
    }, queue.length);
    if (done) this.#placeIndex.appended(queue.length);
  }

  /** Ends the tick, and returns its messages, signals and redactions. */
  takeTick(): readonly StoredFirst[] {
    const events = this.#tickEvents;
    if (events.length > 0) this.#tickEvents = [];
    return events;
  }

  read(place: Place, span: HistorySpan): readonly StoredMessage[] {
    this.flush();
    const id = this.#writer.findPlace(place);
    if (id === undefined) return [];
    this.#post();
    return this.#readAroundDamage(span, (part) => this.#rows(id, part)).map((row) => this.#messageOf(row, place));
  }

  #post(): void {
    this.#writer.read(() => this.#placeIndex.post(), undefined);
  }

  /**
   * Reads a span. Where a page of the database is damaged, reads the parts before and after it, which are found by
   * bisection with at most `MAX_FAILED_READS` failing reads.
   */
  #readAroundDamage<T>(span: HistorySpan, read: (span: HistorySpan) => readonly T[]): readonly T[] {
    const whole = this.#writer.read(() => read(span), undefined);
    if (whole) return whole;
    const last = this.#writer.read(() => this.#timeline.last.seq, TOP);
    const within = { ...span, before: Math.min(span.before ?? END, last + 1) };
    return this.#bisect(within, read, { failures: MAX_FAILED_READS });
  }

  #bisect<T>(
    span: HistorySpan & { readonly before: number },
    read: (span: HistorySpan) => readonly T[],
    budget: { failures: number },
  ): readonly T[] {
    const { from, before, limit, first } = span;
    if (limit <= 0 || from >= before || budget.failures <= 0) return [];
    const whole = this.#writer.read(() => read(span), undefined);
    if (whole) return whole;
    budget.failures--;
    if (before - from === 1) return [];
    const middle = Math.floor((from + before) / 2);
    const halves = [
      { ...span, before: middle },
      { ...span, from: middle },
    ];
    const [near = span, far = span] = first ? halves : halves.reverse();
    const found = this.#bisect(near, read, budget);
    const rest = this.#bisect({ ...far, limit: limit - found.length }, read, budget);
    return first ? [...found, ...rest] : [...rest, ...found];
  }

  /** The seqs of a span's messages or room events, without reading their content. */
  seqs(of: "messages" | "events", place: Place, span: HistorySpan): readonly number[] {
    this.flush();
    const id = this.#writer.findPlace(place);
    if (id === undefined || span.limit <= 0) return [];
    if (of === "events") return this.#readAroundDamage(span, (part) => this.#seqsIn("happening", id, part));
    this.#post();
    return this.#readAroundDamage(span, (part) => this.#seqsOfMessages(id, part));
  }

  #seqsOfMessages(id: number, span: HistorySpan): readonly number[] {
    const found = this.#seqsIn("posting", id, span);
    const { isBehind, posted } = this.#placeIndex;
    if (!isBehind) return found;
    const unposted = this.#seqsIn("message", id, { ...span, from: Math.max(span.from, posted + 1) });
    const all = [...found.filter((seq) => seq <= posted), ...unposted];
    return span.first ? all.slice(0, span.limit) : all.slice(-span.limit);
  }

  #seqsIn(table: "posting" | "message" | "happening", id: number, { from, before = END, limit, first }: HistorySpan) {
    const sql = `SELECT seq FROM ${table} ${IN_SPAN} ${first ? "" : "DESC"} LIMIT ?`;
    const seqs = this.#writer.db.query<{ seq: number }, SpanParams>(sql).all(id, from, before, limit);
    if (!first) seqs.reverse();
    return seqs.map(({ seq }) => seq);
  }

  unread(place: Place, { from, before = END, limit }: HistorySpan, reader: UnreadReader): readonly UnreadMessage[] {
    this.flush();
    const id = this.#writer.findPlace(place);
    if (id === undefined || limit <= 0) return [];
    this.#post();
    const { nick, account = "" } = reader;
    const query = this.#writer.db.query<UnreadRow, UnreadParams>(UNREAD);
    const rows = this.#writer.read(() => query.all(nick, id, from, before, account, nick, limit), []);
    return rows.map((row) => ({ ...row, account: row.account ?? undefined, text: row.text ?? undefined }));
  }

  /** Messages by their seqs, in one query: a hundred cost no more than a few. */
  pick(hits: readonly SearchHit[]): readonly StoredMessage[] {
    this.flush();
    const rows = new Map(this.#pick(hits.map(({ seq }) => seq)).map((row) => [row.seq, row]));
    return hits.flatMap(({ place, seq }) => {
      const row = rows.get(seq);
      return row ? [this.#messageOf(row, place)] : [];
    });
  }

  #pick(seqs: readonly number[]): readonly MessageRow[] {
    const rows = this.#writer.read(() => this.#picked.all(JSON.stringify(seqs)), undefined);
    if (rows || seqs.length <= 1) return rows ?? [];
    return seqs.flatMap((seq) => this.#pick([seq]));
  }

  /** The message or signal with this `seq`, and its place. */
  messageAt(seq: number): LocatedMessage | undefined {
    this.flush();
    const row = this.#writer.read(() => this.#withPlace.get(seq), null);
    if (row) return { place: row.key, message: this.#messageOf(row, row.key) };
    for (const { key, event } of this.#writer.read(() => this.#eventWithPlace.all(seq), [])) {
      const message = this.#eventOf(JSON.parse(event) as StoredEvent, key);
      if (message.type === "signalled") return { place: key, message };
    }
    return undefined;
  }

  /**
   * Reads posted messages through the index, and scans the messages after the watermark. Some are unposted here only
   * while nothing can be written.
   */
  #rows(id: number, { from, before = END, limit, first }: HistorySpan): readonly MessageRow[] {
    const { isBehind, posted } = this.#placeIndex;
    const end = isBehind ? Math.min(before, posted + 1) : before;
    const unposted = isBehind ? this.#unposted.all(id, Math.max(from, posted + 1), before, END) : [];
    if (first) return [...this.#first.all(id, from, end, limit), ...unposted].slice(0, limit);
    const rows = [...this.#latest.all(id, from, end, limit).reverse(), ...unposted];
    return rows.slice(Math.max(0, rows.length - limit));
  }

  #messageOf(row: MessageRow, place: Place): StoredMessage {
    return { ...toStoredMessage(row, place), msgid: this.#msgid(row.seq) };
  }

  #eventOf(event: StoredEvent, place: Place): StoredEvent {
    return { ...toStoredEvent(event, place), msgid: this.#msgid(event.seq) };
  }

  events(place: Place, span: HistorySpan): readonly StoredEvent[] {
    const id = this.#writer.findPlace(place);
    if (id === undefined) return [];
    const rows = this.#readAroundDamage(span, ({ from, before = END, limit, first }) => {
      const found = (first ? this.#firstEvents : this.#latestEvents).all(id, from, before, limit);
      return first ? found : found.reverse();
    });
    return rows.map(({ event }) => this.#eventOf(JSON.parse(event) as StoredEvent, place));
  }

  firstAt(time: number): number {
    this.flush();
    return this.#writer.read(() => this.#timeline.firstAt(time), 0);
  }

  lastAt(time: number): number {
    this.flush();
    return this.#writer.read(() => this.#timeline.lastAt(time), 0);
  }

  findSent({ target, sender, id }: SentKey): LocatedMessage["message"] | undefined {
    this.flush();
    const row = this.#writer.read(() => this.#sent.get(target, sender ?? "", id), null);
    const found = row && this.messageAt(row.seq);
    return found?.place.startsWith(DROPPED_PREFIX) ? undefined : found?.message;
  }

  wasRedacted({ target, sender, id }: SentKey): boolean {
    return this.#writer.read(() => this.#redacted.get(target, sender ?? "", id), null) !== null;
  }

  /** Renames the place to a key that no room or conversation can have; retention deletes its content later. */
  drop(place: Place): void {
    this.flush();
    const id = this.#writer.findPlace(place);
    if (id === undefined) return;
    this.#writer.write(() =>
      this.#writer.db.query("UPDATE place SET key = ? WHERE id = ?").run(DROPPED_PREFIX + id, id),
    );
    this.#writer.forgetPlace(place);
  }

  /** Renames the place's key, with its read markers, memberships, and the client ids of its messages. */
  rename(from: Place, to: Place): void {
    const { db } = this.#writer;
    const id = this.#writer.findPlace(from);
    if (id !== undefined) db.query("UPDATE place SET key = ? WHERE id = ?").run(to, id);
    db.query("UPDATE OR REPLACE sent SET target = ? WHERE target = ?").run(to, from);
    db.query("UPDATE OR REPLACE marker SET target = ? WHERE target = ?").run(to, from);
    db.query("UPDATE OR REPLACE membership SET room = ? WHERE room = ?").run(to, from);
    for (const place of [from, to]) this.#writer.forgetPlace(place);
  }

  /** Whether any message of a place is stored: retention deletes a place with its last message. */
  hasMessages(place: Place): boolean {
    this.flush();
    return this.#writer.findPlace(place) !== undefined;
  }

  redact(event: EventOf<"redacted">): void {
    const { place, message: seq, by, reason, time } = event;
    const message = this.messageAt(seq)?.message;
    const id = this.#writer.findPlace(place);
    if (!message || id === undefined) return;
    this.#tickEvents.push(event);
    this.#placeIndex.post();
    this.#writer.write(() => {
      const { db } = this.#writer;
      const { from } = message;
      const content = message.type === "said" ? { text: message.text } : { tags: [...message.tags] };
      const kept = JSON.stringify({ from, ...content, time: message.time });
      db.query("INSERT OR REPLACE INTO redaction VALUES (?, ?, ?, ?, ?, ?)").run(
        seq,
        place,
        time,
        by.nick,
        reason,
        kept,
      );
      db.query("DELETE FROM message WHERE seq = ?").run(seq);
      db.query("DELETE FROM posting WHERE place = ? AND seq = ?").run(id, seq);
      db.query("DELETE FROM happening WHERE place = ? AND seq = ?").run(id, seq);
      db.query(UPDATE_LATEST).run(id, id);
    });
  }

  saveConversation(account: AccountId, peer: Side, name: string, place: Place, seq: number): void {
    this.#writer.write(() => {
      const { db } = this.#writer;
      db.query(CONVERSE).run(account, peer, this.#writer.placeId(place), name, seq);
    });
  }

  markMissed(account: AccountId, peer: Side, seq: number): void {
    const sql = "UPDATE conversation SET unheard = ? WHERE account = ? AND peer = ? AND unheard IS NULL";
    this.#writer.write(() => this.#writer.db.query(sql).run(seq, account, peer));
  }

  missedConversations(account: AccountId, limit: number): readonly MissedConversation[] {
    const sql = `SELECT peer, place.key AS place, unheard AS "from" FROM conversation JOIN place ON place.id = place
      WHERE account = ? AND unheard NOT NULL ORDER BY unheard DESC LIMIT ?`;
    return this.#writer.read(
      () => this.#writer.db.query<MissedConversation, [string, number]>(sql).all(account, limit),
      [],
    );
  }

  clearMissed(account: AccountId, peer: Side | undefined): void {
    const which = peer === undefined ? "unheard NOT NULL" : "peer = ?";
    const keys = peer === undefined ? [account] : [account, peer];
    const sql = `UPDATE conversation SET unheard = NULL WHERE account = ? AND ${which}`;
    this.#writer.write(() => this.#writer.db.query(sql).run(...keys));
  }

  conversationPlace(account: AccountId, name: Folded): Place | undefined {
    const sql = `SELECT place.key FROM conversation JOIN place ON place.id = place
      WHERE account = ? AND lower(name) = ? ORDER BY latest DESC LIMIT 1`;
    return this.#writer.db.query<{ key: Place }, [string, string]>(sql).get(account, name)?.key;
  }

  conversations(account: AccountId, { from, before = END, limit, first }: HistorySpan): readonly ConversationRecord[] {
    this.flush();
    const query = this.#writer.db.query<ConversationRecord, [string, ...number[]]>(conversationsBy(first ?? false));
    const rows = this.#writer.read(() => query.all(account, from, before, limit), []);
    return first ? rows : rows.reverse();
  }

  millisecondOf(seq: number): { readonly from: number; readonly to: number } {
    this.flush();
    return this.#writer.read(() => this.#timeline.millisecondOf(seq), { from: seq, to: seq });
  }

  /** The time of the last stored row; 0 if there is none. */
  lastTime(): number {
    return this.#writer.read(() => this.#timeline.last.time, 0);
  }

  #insertMessage({ place, event, target }: QueuedMessage): void {
    const { seq, time, kind, from, to, text, tags, cuts } = event;
    const { nick, user, host, account } = from;
    const kept = tags && tags.size > 0 ? JSON.stringify([...tags]) : null;
    const cut = cuts && cuts.length > 0 ? JSON.stringify(cuts) : null;
    const [name, id] = account ? [account.name, account.id] : [null, null];
    const at = this.#writer.placeId(place);
    const sentAs = event.id ?? null;
    const bot = from.bot ? 1 : null;
    this.#insert.run(at, seq, time, kind, nick, user, host, name, id, to, text, kept, sentAs, cut, bot);
    if (event.id !== undefined) this.#insertSent.run(target, id ?? "", event.id, seq);
  }
}

interface UnreadRow {
  readonly seq: number;
  readonly nick: Folded;
  readonly account: Folded | null;
  readonly text: string | null;
}

type UnreadParams = [
  nick: string,
  place: number,
  from: number,
  before: number,
  account: string,
  nick: string,
  limit: number,
];

/** A guest is known by its nick. */
const UNREAD = `SELECT message.seq, lower(message.nick) AS nick, lower(message.account) AS account, CASE WHEN instr(lower(text), ?) > 0 THEN text END AS text
  FROM posting CROSS JOIN message ON message.seq = posting.seq
  WHERE posting.place = ? AND posting.seq >= ? AND posting.seq < ? AND manner IN ('words', 'notice', 'action')
    AND iif(account_id IS NULL, ? <> '' OR lower(message.nick) <> ?, account_id <> ?5)
  ORDER BY posting.seq DESC LIMIT ?`;

const CONVERSE = `INSERT INTO conversation (account, peer, place, name, latest) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (account, peer) DO UPDATE SET place = excluded.place, name = excluded.name, latest = excluded.latest`;

/**
 * SQL for an account's conversations whose latest message lies in a span, from the span's beginning or end. If several
 * have one name, only the most recent counts. The index is named because SQLite would otherwise choose the one by
 * `latest`, and scan all later conversations.
 */
export function conversationsBy(first: boolean): string {
  return `SELECT name, seq, time FROM conversation JOIN message ON seq = latest
    WHERE conversation.account = ? AND latest >= ? AND latest < ? AND NOT EXISTS (
      SELECT 1 FROM conversation AS other INDEXED BY conversation_name WHERE other.account = conversation.account
      AND lower(other.name) = lower(conversation.name) AND other.latest > conversation.latest)
    ORDER BY latest ${first ? "" : "DESC"} LIMIT ?`;
}

const UPDATE_LATEST = `UPDATE conversation
  SET latest = coalesce((SELECT max(seq) FROM posting WHERE place = ?), 0) WHERE place = ?`;
