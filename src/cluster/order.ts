/**
 * Orders the acts of a cluster on one node: its own acts go into the log, and the records of all nodes run in the log's
 * order. This file knows neither etcd nor timers.
 */

import {
  type ActOrder,
  type Chat,
  type LogPoint,
  refuseAct,
  type SubmittedAct,
  type SubmittedServerAct,
} from "../chat/chat.ts";
import type { ChatEvent, EventOf } from "../chat/model/event.ts";
import type { Member } from "../chat/model/member.ts";
import type { Refusal } from "../chat/model/refusal.ts";
import { SESSIONS, type Session } from "../chat/model/session.ts";
import type { ComparedStore, RowPositions } from "../chat/store.ts";
import { byteLength } from "../text/bytes.ts";
import type { LoggedRecord, RecordLog, RecordMark } from "./log.ts";
import { isLate, type NodeState, Nodes, type NodesRecord } from "./membership.ts";
import {
  type Digest,
  decodeRecord,
  encodeAct,
  encodeRecord,
  encodeServerAct,
  type LogRecord,
  type OtherRule,
  type RecordedAct,
  recordId,
} from "./record.ts";

const RECORD_BYTES = 512 * 1024; // of acts in a record; one larger act has a record of its own
const REMEMBERED = 10_000; // own digests that are kept, to compare them with those of other nodes
const DIGEST_WAIT = 10_000; // ms after which a node opens without the digests of nodes that publish, but run no records
const ROWS_SEMANTICS = 2; // the semantics from which digests cover rows of the database
const ROWS_INTERVAL = 1000; // ms of the log's time between two comparisons of rows
const ROWS = 100; // rows of each table that one comparison covers
/** The acts by which a session leaves: they are never refused. */
const LEAVING: ReadonlySet<string> = new Set(["lose", "quit"]);
const CONNECTION_LOST = "Connection lost";

/** The state of a node as of a record: what is not in the rows of its store. */
export interface NodePoint extends LogPoint {
  /** The position of the record. */
  readonly position: number;
  /** The digest; 64 bits in hex. */
  readonly hash: string;
  /** The last record that has run: what no node has written may come after it. Absent in what an older program has saved. */
  readonly last?: RecordMark | undefined;
  readonly nodes: NodesRecord;
  /** The rows that were compared last. */
  readonly compared?: RowPositions | undefined;
}

/**
 * Why a node cannot continue. `buried`: the log has declared it dead. `differs`: its state differs from that of the other
 * nodes. `outdated`: they have agreed on semantics that this program does not know. `trimmed`: the log lacks records that
 * this node has not run.
 */
export type Fence = "buried" | "differs" | "outdated" | "trimmed";

/** The dependencies of an order. */
export interface OrderSetup {
  readonly log: Pick<RecordLog, "publish">;
  readonly store: ComparedStore;
  /** The name of this incarnation. */
  readonly node: string;
  readonly start: NodePoint;
  /** The newest semantics that this program knows. */
  readonly newest: number;
  /** How long all living nodes must have known newer semantics before this node asks for it, in milliseconds. */
  readonly agreeAfter: number;
  /** The wall clock of this machine; it goes into the records only. */
  readonly clock: () => number;
  /** The monotonic clock of this machine, in milliseconds. */
  readonly steady: () => number;
  /** Called when an act was submitted: `publish` is called soon. */
  readonly submitted: () => void;
  /** Waits before a record without an answer is published again. */
  readonly pause: () => Promise<void>;
  /** Called when the first record of this incarnation has run and its state is that of the others: sessions may come. */
  readonly ready: (ordinal: number) => void;
  /** Called when the state of another node, which counts, turns out not to be that of this one. */
  readonly differed: (node: string) => void;
  /** Called with the files that another node says it has kept, at each of its records. */
  readonly kept: (node: string, files: readonly string[]) => void;
  /** Called with something in the log that no node has written. */
  readonly skipped: (entry: LoggedRecord) => void;
  /** Called with a record of a version that this program does not know: the node is fenced. */
  readonly unknown: (entry: LoggedRecord, version: number) => void;
  /** Called when this node cannot go on: it runs no further record. */
  readonly fenced: (why: Fence) => void;
  /** Called when an act has thrown, which is a bug, with the session that it has cost. */
  readonly failed: (error: unknown, session: Session | undefined) => void;
}

type Submitted = SubmittedAct | SubmittedServerAct;

/** A submitted act that is not in a record yet, and its JSON. */
interface WaitingAct {
  readonly submitted: Submitted;
  readonly json: string;
  readonly bytes: number;
}

/** A record of this node that the log has not returned yet. */
interface SentRecord {
  readonly acts: readonly Submitted[];
  /** When it was published first, by the steady clock. */
  readonly since: number;
}

/** The first record of this incarnation, after it has run. */
interface Joining {
  readonly position: number;
  readonly ordinal: number;
  /** When it ran, by the steady clock. */
  readonly at: number;
  /** By node: whether its first digest at that position or later equals this node's. Includes newcomers. */
  readonly agreements: Map<string, boolean>;
}

/** A node that has started, and whose state was not compared with that of the older nodes yet. */
interface Newcomer {
  /** The position of its first record. */
  readonly since: number;
  /** The position of the first record whose digest shows the newcomer whether its state differs. */
  warned?: number;
}

/** A stand-in for a session of another node, which tells the session its events and refusals. */
class RemoteSession implements Session {
  readonly id: number;
  readonly fingerprint: string | undefined;
  member: Member | undefined;

  constructor(id: number, fingerprint: string | undefined) {
    this.id = id;
    this.fingerprint = fingerprint;
  }

  tell(): void {}
  refuse(): void {}
  follow(): void {}
  unfollow(): void {}
  unstored(): void {}
  notify(): void {}
  presenceChanged(): void {}
}

/**
 * One node's order of acts.
 *
 * Publishes one record at a time; acts that are submitted meanwhile go into the next one. If the log does not confirm a
 * record, it may have it all the same: the record is published again, unchanged and under the same id. When an own record
 * returns from the log, its acts run with the session objects and callbacks that they were submitted with.
 */
export class Order implements ActOrder {
  readonly start: LogPoint;
  /** Rules that differ in this node's configuration. Its records report them. */
  otherRules: readonly OtherRule[] = [];
  /** The databases that were kept when this node's state differed from that of the others. Its records report them. */
  kept: readonly string[] = [];
  readonly #setup: OrderSetup;
  readonly #nodes: Nodes;
  #waiting: WaitingAct[] = [];
  /** Own records that the log has not returned yet, by their numbers; the oldest first. */
  readonly #sent = new Map<number, SentRecord>();
  /** Set while acts are refused. */
  #refusal: Refusal | undefined;
  #chat: Chat | undefined;
  /** The number of the latest own record. */
  #n = 0;
  #isPublishing = false;
  /** No record runs any more, and none is published. */
  #hasEnded = false;
  /** Set once this node leaves: its last record is published as soon as nothing waits. */
  #leaving: PromiseWithResolvers<void> | undefined;
  #position: number;
  #stored: number;
  /** The last record that has run. */
  #last: RecordMark | undefined;
  /** The digest of everything that has run. */
  #hash: bigint;
  /** The rows that were compared last. */
  #compared: RowPositions;
  /** Own digests, by position; the oldest first. */
  readonly #hashes = new Map<number, bigint>();
  /** Whether the latest digest of each other living node was this node's. */
  readonly #agreements = new Map<string, boolean>();
  /** The newest semantics that all nodes knew at the latest own record, and since when that is so. */
  #known = { version: 0, since: 0 };
  /** Set once the first record of this incarnation has run. */
  #joining: Joining | undefined;
  /** Sessions may come. */
  #isOpen = false;
  /** Nodes that are presumed dead: their digests are not waited for. */
  readonly #presumedDead = new Set<string>();
  /** Another node has started and waits for this node's digest, so the next record is published at once. */
  #isAwaited = false;
  /** This node has been compared with every older node, and its own state counts as a vote. */
  #isTrusted = false;
  /** Started nodes whose state does not count as a vote yet. */
  readonly #newcomers = new Map<string, Newcomer>();

  constructor(setup: OrderSetup) {
    this.#setup = setup;
    this.start = setup.start;
    this.#nodes = new Nodes(setup.start.nodes);
    this.#position = setup.start.position;
    this.#stored = setup.start.position;
    this.#last = setup.start.last;
    this.#hash = BigInt(`0x${setup.start.hash}`);
    this.#compared = setup.start.compared ?? {};
  }

  /** Sets the chat whose acts this order runs. The chat was made with this order. */
  carry(chat: Chat): void {
    this.#chat = chat;
    chat.observe((event) => this.#mixEvent(event));
    chat.observeRefusals(({ why }) => this.#mix(why));
  }

  /** The state as of the last record that has run, to be stored with the rows. */
  get point(): NodePoint {
    const { seq, time, eventTime } = this.#chat?.logPoint ?? this.start;
    const nodes = this.#nodes.record();
    const compared = Object.keys(this.#compared).length > 0 ? { compared: this.#compared } : {};
    const last = this.#last ? { last: this.#last } : {};
    return { seq, time, eventTime, position: this.#position, hash: hex(this.#hash), ...last, nodes, ...compared };
  }

  get semantics(): number {
    return this.#nodes.agreed;
  }

  /** The living nodes, as of the last record that has run. */
  get nodes(): readonly NodeState[] {
    return this.#nodes.living;
  }

  /** The position of the last record that has run. */
  get position(): number {
    return this.#position;
  }

  /** The position up to which all living nodes have everything on their disks. */
  get horizon(): number {
    return this.#nodes.stored;
  }

  /** Notes that everything up to this position is on this node's disk. */
  stored(position: number): void {
    this.#stored = position;
  }

  /** Milliseconds since the oldest own record that has not returned was published; 0 if there is none. */
  get delay(): number {
    for (const { since } of this.#sent.values()) return this.#setup.steady() - since;
    return 0;
  }

  /** From now on, refuses all acts of sessions except those by which they leave; `undefined` ends this. */
  refuse(refusal: Refusal | undefined): void {
    this.#refusal = refusal;
    this.publish();
  }

  #refuseWaiting(refusal: Refusal): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      const { submitted } = each;
      if (!submitted.session || LEAVING.has(submitted.act.type)) this.#waiting.push(each);
      else refuseAct(submitted, refusal);
    }
  }

  submit(submitted: Submitted): void {
    const json = submitted.session ? encodeAct(recorded(submitted)) : encodeServerAct(submitted.act);
    this.#waiting.push({ submitted, json, bytes: byteLength(json) });
    this.#setup.submitted();
  }

  /** The number of the incarnation that a session belongs to. */
  ordinalOf(session: number): number {
    return Math.floor(session / SESSIONS);
  }

  remoteSession(id: number, fingerprint: string | undefined): Session {
    return new RemoteSession(id, fingerprint);
  }

  failed(error: unknown, session: Session | undefined): void {
    this.#setup.failed(error, session);
  }

  /** Publishes the waiting acts, unless a record is being published. Called at the end of each tick. */
  publish(): void {
    if (this.#refusal) this.#refuseWaiting(this.#refusal);
    if (this.#waiting.length > 0 || this.#isAwaited) this.beat();
  }

  /** Publishes a record even if no act waits, unless one is being published: a heartbeat of this node. */
  beat(): void {
    if (!this.#isPublishing && !this.#hasEnded) void this.#publish();
  }

  async #publish(): Promise<void> {
    this.#isPublishing = true;
    this.#isAwaited = false;
    const n = ++this.#n;
    // Sessions have no id before the first record has come back.
    const acts = n === 1 ? [] : this.#takeActs();
    const { node, newest, store, clock, steady } = this.#setup;
    this.#sent.set(n, { acts: acts.map(({ submitted }) => submitted), since: steady() });
    const seen: Digest = { position: this.#position, hash: hex(this.#hash) };
    const isLast = this.#leaving !== undefined && n > 1 && this.#waiting.length === 0;
    const farewell = isLast ? ({ farewell: true } as const) : {};
    const other = this.otherRules.length > 0 ? { other: this.otherRules } : {};
    const agree = this.#newerSemantics();
    const kept = this.kept.length > 0 ? { kept: this.kept } : {};
    const open = this.#isOpen ? ({ open: true } as const) : {};
    const own = { knows: newest, form: store.form, agree, ...open, ...other, ...kept, ...farewell };
    const head = { v: this.#nodes.agreed, node, n, time: clock(), seen, stored: this.#stored, ...own };
    const bytes = encodeRecord(
      head,
      acts.map(({ json }) => json),
    );
    await this.#send(recordId(head), bytes);
    this.#isPublishing = false;
    if (isLast) this.#leaving?.resolve();
    else if (this.#leaving) this.beat();
    else this.publish();
  }

  /**
   * The semantics to ask for, if newer than the agreed one. All living nodes must have known it for `agreeAfter`: a node
   * that is just being restarted is not shut out, and until then an upgrade can be undone.
   */
  #newerSemantics(): number | undefined {
    if (!this.#joining) return undefined;
    const { known: version, agreed } = this.#nodes;
    const { agreeAfter, steady } = this.#setup;
    if (version !== this.#known.version) this.#known = { version, since: steady() };
    return version > agreed && steady() - this.#known.since >= agreeAfter ? version : undefined;
  }

  async #send(id: string, bytes: Uint8Array): Promise<void> {
    while (!this.#hasEnded) {
      try {
        return await this.#setup.log.publish(id, bytes);
      } catch {
        await this.#setup.pause();
      }
    }
  }

  #takeActs(): readonly WaitingAct[] {
    let bytes = 0;
    let count = 0;
    for (const act of this.#waiting) {
      bytes += act.bytes;
      if (count > 0 && bytes > RECORD_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** Publishes the waiting acts and this node's farewell. Resolves when the log has the farewell. */
  async leave(): Promise<void> {
    this.#leaving ??= Promise.withResolvers();
    this.beat();
    return await this.#leaving.promise;
  }

  /** Ends at once, without a farewell: the other nodes count this one as dead some seconds later. */
  stop(): void {
    this.#hasEnded = true;
  }

  /** Runs records of the log, in its order. */
  run(entries: readonly LoggedRecord[]): void {
    for (const entry of entries) {
      const { position } = entry;
      if (position <= this.#position) continue;
      if (!this.#hasEnded) this.#runEntry(entry);
      if (this.#hasEnded) return;
      this.#position = position;
      this.#remember(position);
      this.#chat?.savePoint();
    }
  }

  /** All nodes skip what no node has written: what is no record, or has another id than a node gives it. */
  #runEntry(entry: LoggedRecord): void {
    const { id, position, bytes } = entry;
    const record = decodeRecord(bytes);
    if (record && record.v > this.#setup.newest) {
      this.#setup.unknown(entry, record.v);
      return this.#fence("outdated");
    }
    if (!record || id !== recordId(record)) return this.#setup.skipped(entry);
    this.#runRecord(position, record);
    if (!this.#hasEnded) this.#last = { id, position };
  }

  #runRecord(position: number, record: LogRecord): void {
    const { newest } = this.#setup;
    if (this.#hasMissed(record.seen, position)) return this.#fence("trimmed");
    const { time: before } = this.#nodes;
    const reception = this.#nodes.receive(record);
    if (!reception) return;
    if (this.#nodes.agreed > newest) return this.#fence("outdated");
    const { from, buried, time } = reception;
    const isOwn = from.node === this.#setup.node;
    if (buried.some(({ node }) => node === this.#setup.node)) return this.#fence("buried");
    for (const { node } of buried) this.#forget(node);
    this.#countVote(position, record, isOwn);
    if (!isOwn && this.#joining && record.kept) this.#setup.kept(record.node, record.kept);
    if (this.#hasEnded) return;
    const { agreed } = this.#nodes;
    this.#mix(`${record.node}/${record.n} ${time}${agreed >= ROWS_SEMANTICS ? ` ${agreed}` : ""}`);
    this.#chat?.runRecord(time, this.#actsOf(record, from, buried));
    if (Math.floor(time / ROWS_INTERVAL) > Math.floor(before / ROWS_INTERVAL)) this.#compareRows();
    if (record.farewell) this.#forget(from.node);
    if (isOwn) this.#joining ??= { position, ordinal: from.ordinal, at: this.#setup.steady(), agreements: new Map() };
    if (record.n === 1 && !record.farewell && this.#joining) this.#isAwaited = true;
    this.#open();
  }

  /** Called when no record came from the nodes that are living according to the log: their digests are not waited for. */
  presumeDead(): void {
    for (const { node } of this.nodes) this.#presumedDead.add(node);
  }

  /** Opens the node for sessions once its state is confirmed. */
  #open(): void {
    if (this.#isOpen || !this.#joining || !this.#isConfirmed(this.#joining)) return;
    this.#isOpen = true;
    this.#setup.ready(this.#joining.ordinal);
  }

  /**
   * Whether at least as many nodes have this node's state as differ from it, this node included. Waits for the digests of
   * other nodes, but not of silent ones: they may be dead, as when all nodes start at once or this one starts alone.
   */
  #isConfirmed({ at, agreements }: Joining): boolean {
    let [agreeing, differing] = [1, 0];
    for (const other of this.#nodes.living) {
      if (other.node === this.#setup.node) continue;
      const agrees = agreements.get(other.node);
      if (agrees) agreeing++;
      else if (agrees === false) differing++;
      else if (!isLate(other) && !this.#presumedDead.has(other.node) && this.#setup.steady() - at < DIGEST_WAIT)
        return false;
    }
    return differing <= agreeing;
  }

  /** The acts of a record. Acts that end the sessions of dead nodes come first. */
  *#actsOf(record: LogRecord, from: NodeState, buried: readonly NodeState[]): Generator<Submitted, void> {
    if (buried.length > 0 || record.n === 1) yield* this.#lostSessions();
    const own = from.node === this.#setup.node ? this.#sent.get(record.n) : undefined;
    if (own) this.#sent.delete(record.n);
    yield* own?.acts ?? this.#remoteActs(record, from);
    if (!record.farewell) return;
    this.#nodes.remove(from.node);
    yield* this.#lostSessions();
  }

  *#remoteActs({ acts }: LogRecord, { ordinal }: NodeState): Generator<Submitted, void> {
    for (const recorded of acts) {
      if (recorded.session === undefined) yield { session: undefined, act: recorded.act };
      else {
        const id = ordinal * SESSIONS + recorded.session;
        const known = this.#chat?.session(id);
        // One that has acted without a member is known until the end of the tick, and nodes end ticks at other records.
        const session = known?.member ? known : this.remoteSession(id, recorded.fingerprint);
        yield { session, act: recorded.act };
      }
    }
  }

  /** The acts that end all sessions that belong to no living node, ordered by their ids. */
  *#lostSessions(): Generator<SubmittedAct, void> {
    const living = new Set(this.#nodes.living.map(({ ordinal }) => ordinal));
    const lost: Session[] = [];
    for (const { sessions } of this.#chat?.members ?? [])
      for (const session of sessions) if (!living.has(this.ordinalOf(session.id))) lost.push(session);
    lost.sort((one, other) => one.id - other.id);
    const act = { type: "lose", reason: CONNECTION_LOST } as const;
    for (const session of lost) yield { session, act };
  }

  /** Whether a record was made after another that this node has never had: the log has a hole behind its start. */
  #hasMissed({ position: seen }: Digest, position: number): boolean {
    const isBetween = seen > this.#setup.start.position && seen < position;
    return isBetween && !this.#hashes.has(seen) && this.#hashes.size < REMEMBERED;
  }

  #fence(why: Fence): void {
    this.#hasEnded = true;
    this.#setup.fenced(why);
  }

  #mixEvent(event: ChatEvent): void {
    this.#mix(event.type === "said" || event.type === "signalled" ? messageText(event) : canonical(event));
  }

  /** Mixes a text into the digest. */
  #mix(text: string): void {
    this.#hash = Bun.hash.wyhash(text, this.#hash);
  }

  /**
   * Mixes the next rows of the database into the digest, since nodes may differ in rows that nothing reads for a long
   * time. Does nothing during an upgrade, while nodes have different forms of rows.
   */
  #compareRows(): void {
    if (this.#nodes.agreed < ROWS_SEMANTICS || !this.#nodes.haveOneForm) return;
    const { rows, positions } = this.#setup.store.nextRows(this.#compared, ROWS);
    this.#mix(canonical(rows));
    this.#compared = positions;
  }

  #remember(position: number): void {
    this.#hashes.set(position, this.#hash);
    if (this.#hashes.size <= REMEMBERED) return;
    const [oldest] = this.#hashes.keys();
    if (oldest !== undefined) this.#hashes.delete(oldest);
  }

  /**
   * Compares another node's digest with this node's at the same position. A digest covers everything before it, so once
   * two nodes differ, all their later digests differ; the majority is right.
   *
   * A node that has just started has no vote, neither about itself nor about others: nodes that have loaded the same error
   * from their files must not outvote a node that kept running and has shown its state to users. A newcomer gets its vote
   * once it publishes after a record that would have ended it if its state differed, or once it serves sessions.
   */
  #countVote(position: number, { node, n, seen, open }: LogRecord, isOwn: boolean): void {
    if (!isOwn) this.#confirm(node, seen);
    if (!isOwn && n === 1) this.#newcomers.set(node, { since: position });
    if (open) this.#newcomers.delete(node);
    const newcomer = this.#newcomers.get(node);
    if (newcomer) {
      if (newcomer.warned === undefined || seen.position < newcomer.warned) return;
      this.#newcomers.delete(node);
    }
    if (isOwn) this.#judge();
    else if (this.#joining) this.#compare(node, seen);
    if (isOwn && !this.#isTrusted) return;
    for (const each of this.#newcomers.values())
      if (each.warned === undefined && seen.position >= each.since) each.warned = position;
  }

  /** Notes whether another node's digest equals this node's, if it covers this node's own first record. */
  #confirm(node: string, { position, hash }: Digest): void {
    if (this.#isOpen || !this.#joining || position < this.#joining.position) return;
    const own = this.#hashes.get(position);
    if (own !== undefined) this.#joining.agreements.set(node, hex(own) === hash);
  }

  #compare(node: string, seen: Digest): void {
    const own = this.#hashes.get(seen.position);
    if (own === undefined) return;
    const agrees = hex(own) === seen.hash;
    if (!agrees && this.#agreements.get(node) !== false) this.#setup.differed(node);
    this.#agreements.set(node, agrees);
    this.#judge();
  }

  /** Ends this node if more votes differ from its state than agree. Its own vote agrees, once it has one. */
  #judge(): void {
    if (!this.#joining || !this.#hasMetAll) return;
    const votes = [...this.#agreements.values()];
    if (this.#isTrusted) votes.push(true);
    if (votes.filter((agrees) => !agrees).length * 2 > votes.length) this.#fence("differs");
    else this.#isTrusted = true;
  }

  /** Whether this node has been compared with all older nodes that have a vote. */
  get #hasMetAll(): boolean {
    for (const { node } of this.#nodes.living) {
      if (node === this.#setup.node) return true;
      if (!this.#agreements.has(node) && !this.#newcomers.has(node)) return false;
    }
    return false;
  }

  /** Forgets a node that has ended. */
  #forget(node: string): void {
    this.#agreements.delete(node);
    this.#newcomers.delete(node);
  }
}

function recorded({ session, act }: SubmittedAct): RecordedAct {
  const fingerprint = act.type === "enter" ? session.fingerprint : undefined;
  return { session: session.id % SESSIONS, act, fingerprint };
}

function hex(hash: bigint): string {
  return hash.toString(16).padStart(16, "0");
}

/** The fields of a message that the digest covers, as a text: faster than `canonical`, since most events are messages. */
function messageText(event: EventOf<"said" | "signalled">): string {
  const { type, seq, time, origin, from, to, rank, tags, id, ephemeral } = event;
  const said = event.type === "said" ? `${event.kind} ${event.away} ${event.text}` : "";
  const who = `${from.nick}!${from.user}@${from.host} ${from.account?.id}`;
  return `${type} ${seq} ${time} ${origin} ${who} ${to} ${rank} ${id} ${ephemeral} ${tags && [...tags]} ${said}`;
}

/**
 * A text that is the same for equal values, whatever the order of their keys, which may change when a value is stored and
 * read again. It takes twice as long as JSON.
 */
function canonical(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Map) return canonical([...value]);
  let text = "";
  if (Array.isArray(value)) {
    for (const each of value) text += `${canonical(each)},`;
    return `[${text}]`;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(fields).sort()) {
    if (fields[key] !== undefined) text += `${key}:${canonical(fields[key])},`;
  }
  return `{${text}}`;
}
