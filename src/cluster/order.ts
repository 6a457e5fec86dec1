/**
 * This node's part in the order of acts: its own acts go into the log, and the records of all nodes run in the log's
 * order. It knows neither the log's engine nor timers.
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
import type { LoggedRecord, RecordLog } from "./log.ts";
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
} from "./record.ts";

const MOST = 512 * 1024; // bytes of acts in a record
const DIGITS = 12; // of the number in a record's id
const REMEMBERED = 10_000; // own digests by position, to compare with those of other nodes
const PATIENCE = 10_000; // ms after which a node opens without the digests of nodes that live, but do not run records
const COMPARING = 2; // the semantics from which on digests cover rows
const SECOND = 1000; // ms between two looks at rows
const ROWS = 100; // of each table, at a look
/** The acts by which a session leaves: they are never refused. */
const LEAVING: ReadonlySet<string> = new Set(["lose", "quit"]);
const CONNECTION_LOST = "Connection lost";

/** The state of a node as of a record: what is not in the rows of its store. */
export interface NodePoint extends LogPoint {
  /** The position of the record. */
  readonly position: number;
  /** The digest; 64 bits in hex. */
  readonly hash: string;
  readonly nodes: NodesRecord;
  /** The rows that were compared last. */
  readonly compared?: RowPositions | undefined;
}

/** Why a node cannot go on: it was buried, its state is not that of the others, or they have agreed on what it does not know. */
export type Fence = "buried" | "differs" | "outdated";

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
  /** Called when the log has something, at this position, that no node has written. */
  readonly skipped: (position: number) => void;
  /** Called when this node cannot go on: it runs no further record. */
  readonly fenced: (why: Fence) => void;
  /** Called when an act has thrown, which is a bug, with the session that it has cost. */
  readonly failed: (error: unknown, session: Session | undefined) => void;
}

type Submitted = SubmittedAct | SubmittedServerAct;

/** An act on its way, and its JSON. */
interface WaitingAct {
  readonly submitted: Submitted;
  readonly json: string;
  readonly bytes: number;
}

/** An own record on its way. */
interface SentRecord {
  readonly acts: readonly Submitted[];
  /** When it was published first, by the steady clock. */
  readonly since: number;
}

/** The first own record that has run. */
interface Joining {
  readonly position: number;
  readonly ordinal: number;
  /** When it ran, by the steady clock. */
  readonly at: number;
  /** Whether each other node, newcomers too, has the state of this one at that position or later, by its first digest. */
  readonly agreements: Map<string, boolean>;
}

/** A node that has begun, and may have to end because its state is not that of the nodes before it. */
interface Newcomer {
  /** The position of its first record. */
  readonly since: number;
  /** The position of the first record with a digest by which it must notice that. */
  warned?: number;
}

/** Stands for a session of another node: its events and refusals reach it there. */
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
 * One record at a time is on its way to the log; acts that are submitted meanwhile go into the next one. A record without
 * an answer is published again, unchanged and under the same id, until it is answered: nobody knows whether the log has
 * it. When its own record comes back, the order runs the acts with the objects that they were submitted with.
 */
export class Order implements ActOrder {
  readonly start: LogPoint;
  /** The rules that this node's configuration has otherwise: its records tell them. */
  otherRules: readonly OtherRule[] = [];
  /** The files with what this node had when its state was not that of the others: its records tell them. */
  kept: readonly string[] = [];
  readonly #setup: OrderSetup;
  readonly #nodes: Nodes;
  #waiting: WaitingAct[] = [];
  /** Own records that have not come back, by their numbers; the oldest first. */
  readonly #sent = new Map<number, SentRecord>();
  /** Set while acts are refused. */
  #refusal: Refusal | undefined;
  #chat: Chat | undefined;
  /** The number of the latest own record. */
  #n = 0;
  #isPublishing = false;
  /** No record runs any more, and none is published. */
  #hasEnded = false;
  /** Set once the last record is due. */
  #leaving: PromiseWithResolvers<void> | undefined;
  #position: number;
  #stored: number;
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
  /** The nodes whose digests are not waited for. */
  readonly #presumedDead = new Set<string>();
  /** A node has begun and waits for the digests of the others, so the next record is due at once. */
  #isAwaited = false;
  /** This node has been compared with every node that was there before it: its own state counts. */
  #isTrusted = false;
  /** The nodes whose state does not count yet. */
  readonly #newcomers = new Map<string, Newcomer>();

  constructor(setup: OrderSetup) {
    this.#setup = setup;
    this.start = setup.start;
    this.#nodes = new Nodes(setup.start.nodes);
    this.#position = setup.start.position;
    this.#stored = setup.start.position;
    this.#hash = BigInt(`0x${setup.start.hash}`);
    this.#compared = setup.start.compared ?? {};
  }

  /** Sets the chat whose acts this order carries. It was made with this order. */
  carry(chat: Chat): void {
    this.#chat = chat;
    chat.observe((event) => this.#fold(event));
    chat.observeRefusals(({ why }) => this.#mix(why));
  }

  /** The state as of the last record that has run, to be stored with the rows. */
  get point(): NodePoint {
    const { seq, time, eventTime } = this.#chat?.logPoint ?? this.start;
    const nodes = this.#nodes.record();
    const compared = Object.keys(this.#compared).length > 0 ? { compared: this.#compared } : {};
    return { seq, time, eventTime, position: this.#position, hash: hex(this.#hash), nodes, ...compared };
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

  /** Everything up to this position is on this node's disk. */
  stored(position: number): void {
    this.#stored = position;
  }

  /** How long the oldest own record has been on its way, in milliseconds; 0 if none is. */
  get delay(): number {
    for (const { since } of this.#sent.values()) return this.#setup.steady() - since;
    return 0;
  }

  /** From now on all acts of sessions are refused but those by which they leave; `undefined` ends that. */
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

  /** Publishes the acts that wait, unless a record is on its way. Called at the end of each tick. */
  publish(): void {
    if (this.#refusal) this.#refuseWaiting(this.#refusal);
    if (this.#waiting.length > 0 || this.#isAwaited) this.beat();
  }

  /** The same, but a record without acts too: it says that this node lives. */
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
    await this.#send(`${node}/${String(n).padStart(DIGITS, "0")}`, bytes);
    this.#isPublishing = false;
    if (isLast) this.#leaving?.resolve();
    else if (this.#leaving) this.beat();
    else this.publish();
  }

  /**
   * The semantics to ask for: all living nodes have known it for a while, so that nobody is left behind who was only
   * started again, and an upgrade can be taken back for as long.
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
      if (count > 0 && bytes > MOST) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** Publishes what waits, and that this node stops. Resolves when the log has that. */
  async leave(): Promise<void> {
    this.#leaving ??= Promise.withResolvers();
    this.beat();
    return await this.#leaving.promise;
  }

  /** Ends at once, without a word to the other nodes. */
  stop(): void {
    this.#hasEnded = true;
  }

  /** Runs records of the log, in its order. */
  run(entries: readonly LoggedRecord[]): void {
    for (const { position, bytes } of entries) {
      if (position <= this.#position) continue;
      const record = this.#hasEnded ? undefined : decodeRecord(bytes);
      if (record) this.#runRecord(position, record);
      if (this.#hasEnded) return;
      if (!record) this.#setup.skipped(position);
      this.#position = position;
      this.#remember(position);
      this.#chat?.savePoint();
    }
  }

  #runRecord(position: number, record: LogRecord): void {
    const { newest } = this.#setup;
    if (record.v > newest) return this.#fence("outdated");
    const { time: before } = this.#nodes;
    const reception = this.#nodes.receive(record);
    if (!reception) return;
    if (this.#nodes.agreed > newest) return this.#fence("outdated");
    const { from, buried, time } = reception;
    const isOwn = from.node === this.#setup.node;
    if (buried.some(({ node }) => node === this.#setup.node)) return this.#fence("buried");
    for (const { node } of buried) this.#forget(node);
    this.#listen(position, record, isOwn);
    if (!isOwn && this.#joining && record.kept) this.#setup.kept(record.node, record.kept);
    if (this.#hasEnded) return;
    const { agreed } = this.#nodes;
    this.#mix(`${record.node}/${record.n} ${time}${agreed >= COMPARING ? ` ${agreed}` : ""}`);
    this.#chat?.runRecord(time, this.#actsOf(record, from, buried));
    if (Math.floor(time / SECOND) > Math.floor(before / SECOND)) this.#compareRows();
    if (record.farewell) this.#forget(from.node);
    if (isOwn) this.#joining ??= { position, ordinal: from.ordinal, at: this.#setup.steady(), agreements: new Map() };
    if (record.n === 1 && !record.farewell && this.#joining) this.#isAwaited = true;
    this.#open();
  }

  /** Nothing was heard of the nodes that live as far as the log says: their digests are not waited for. */
  presumeDead(): void {
    for (const { node } of this.nodes) this.#presumedDead.add(node);
  }

  /** Lets sessions come as soon as this node's state is confirmed. */
  #open(): void {
    if (this.#isOpen || !this.#joining || !this.#isConfirmed(this.#joining)) return;
    this.#isOpen = true;
    this.#setup.ready(this.#joining.ordinal);
  }

  /**
   * Whether the others have this node's state. A node that is silent is not waited for: it may be dead, and when all begin
   * at once, or one alone, nobody else is there. If more differ than agree, one of them ends, or this node does.
   */
  #isConfirmed({ at, agreements }: Joining): boolean {
    let [agreeing, differing] = [1, 0];
    for (const other of this.#nodes.living) {
      if (other.node === this.#setup.node) continue;
      const agrees = agreements.get(other.node);
      if (agrees) agreeing++;
      else if (agrees === false) differing++;
      else if (!isLate(other) && !this.#presumedDead.has(other.node) && this.#setup.steady() - at < PATIENCE)
        return false;
    }
    return differing <= agreeing;
  }

  /** The acts of a record; first those by which the sessions of dead nodes are lost. */
  *#actsOf(record: LogRecord, from: NodeState, buried: readonly NodeState[]): Generator<Submitted, void> {
    if (buried.length > 0 || record.n === 1) yield* this.#losing();
    const own = from.node === this.#setup.node ? this.#sent.get(record.n) : undefined;
    if (own) this.#sent.delete(record.n);
    yield* own?.acts ?? this.#remoteActs(record, from);
    if (!record.farewell) return;
    this.#nodes.remove(from.node);
    yield* this.#losing();
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

  /** The acts by which the sessions of no living node are lost, in the order of their numbers. */
  *#losing(): Generator<SubmittedAct, void> {
    const living = new Set(this.#nodes.living.map(({ ordinal }) => ordinal));
    const lost: Session[] = [];
    for (const { sessions } of this.#chat?.members ?? [])
      for (const session of sessions) if (!living.has(this.ordinalOf(session.id))) lost.push(session);
    lost.sort((one, other) => one.id - other.id);
    const act = { type: "lose", reason: CONNECTION_LOST } as const;
    for (const session of lost) yield { session, act };
  }

  #fence(why: Fence): void {
    this.#hasEnded = true;
    this.#setup.fenced(why);
  }

  #fold(event: ChatEvent): void {
    this.#mix(event.type === "said" || event.type === "signalled" ? gistOf(event) : canonical(event));
  }

  /** Mixes a text into the digest. */
  #mix(text: string): void {
    this.#hash = Bun.hash.wyhash(text, this.#hash);
  }

  /**
   * Mixes the next rows of the database into the digest: a difference between the nodes may be in rows that nothing reads
   * for a long time. An older node has another form of rows until it is upgraded too.
   */
  #compareRows(): void {
    if (this.#nodes.agreed < COMPARING || !this.#nodes.haveOneForm) return;
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
   * Compares another node's digest with this node's of the same position. A digest depends on everything before it, so
   * two that differ once differ from then on; the majority is right.
   *
   * A node that begins again does not count at first, neither for itself nor for others: what nodes have taken from their
   * files may be wrong in the same way, and they must not outvote one that has gone on, and has told people what it said.
   * It counts when it goes on after a record by which it would have ended, or has taken people in.
   */
  #listen(position: number, { node, n, seen, open }: LogRecord, isOwn: boolean): void {
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

  /** Notes the first digest of another node that covers everything before this node's own first record. */
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

  /** Ends if more nodes differ than agree, this one among these if it counts. */
  #judge(): void {
    if (!this.#joining || !this.#hasMetAll) return;
    const votes = [...this.#agreements.values()];
    if (this.#isTrusted) votes.push(true);
    if (votes.filter((agrees) => !agrees).length * 2 > votes.length) this.#fence("differs");
    else this.#isTrusted = true;
  }

  /** Whether this node has been compared with all nodes that were there before it, and count. */
  get #hasMetAll(): boolean {
    for (const { node } of this.#nodes.living) {
      if (node === this.#setup.node) return true;
      if (!this.#agreements.has(node) && !this.#newcomers.has(node)) return false;
    }
    return false;
  }

  /** A node has ended. */
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

/** The fields of a message that its digest covers, as a text: messages are most events, and this is quickest. */
function gistOf(event: EventOf<"said" | "signalled">): string {
  const { type, seq, time, origin, from, to, rank, tags, id, ephemeral } = event;
  const said = event.type === "said" ? `${event.kind} ${event.away} ${event.text}` : "";
  const who = `${from.nick}!${from.user}@${from.host} ${from.account?.id}`;
  return `${type} ${seq} ${time} ${origin} ${who} ${to} ${rank} ${id} ${ephemeral} ${tags && [...tags]} ${said}`;
}

/**
 * A text that is the same for equal values, in whatever order they have their keys: that of a value which was stored and
 * read again may be another. It takes twice as long as JSON.
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
