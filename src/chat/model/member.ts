import type { Folded } from "../../text/fold.ts";
import type { Marker, Side } from "../store.ts";
import type { Identity } from "./event.ts";
import { type Metadata, NO_METADATA } from "./metadata.ts";
import type { UserMode } from "./modes.ts";
import type { ListEntry, Room } from "./room.ts";
import type { Session } from "./session.ts";

const SIDES = 32; // names and accounts of one member that are remembered: each rename may add one

/**
 * An invitation into a room, which the next JOIN uses up. One of an operator of the room lifts the limit, the key,
 * `invite-only`, and the bans that stood when it was given; one of another member lifts `invite-only` alone.
 */
export interface Invitation {
  readonly byOperator: boolean;
  /** The bans on the invited that it lifts: a ban that is set later is not among them. */
  readonly lifted: ReadonlySet<ListEntry>;
}

/** Someone in the chat, however many sessions they have. Changed by the chat's `apply` alone. */
export class Member {
  who: Identity;
  /** "" while present. */
  away = "";
  metadata: Metadata = NO_METADATA;
  readonly userModes = new Set<UserMode>();
  /** Which operator of the configuration's they have shown to be, if they operate the server. */
  operatesAs: string | undefined;
  readonly sessions = new SmallSet<Session>();
  /** How far a guest has read, by target; an account's markers are kept in the store. */
  readonly markers = new Map<Folded, Marker>();
  readonly rooms = new SmallSet<Room>();
  /** Rooms that someone has invited them to, and they have not come to yet. */
  readonly invitations = new Map<Room, Invitation>();
  /** When they came; milliseconds since 1970. */
  readonly since: number;
  /** When they last said something, by the steady clock. */
  lastSpoke: number;

  /** Which side of a conversation theirs was, from which number of the order on; the latest first. */
  readonly #sides: { readonly from: number; readonly side: Side }[] = [];

  constructor(who: Identity, since: number, lastSpoke = since) {
    this.who = who;
    this.since = since;
    this.lastSpoke = lastSpoke;
  }

  /** From this number of the order on, what they say is said from this side. */
  setSide(side: Side, from: number): void {
    if (this.#sides[0]?.side === side) return;
    this.#sides.unshift({ from, side });
    if (this.#sides.length > SIDES) this.#sides.pop();
  }

  /** Which side was theirs at a number of the order; `undefined` before they came. */
  sideAt(seq: number): Side | undefined {
    return this.#sides.find(({ from }) => from <= seq)?.side;
  }

  /** A guest's marker goes with the room that it is of, to the room's new name. */
  moveMarker(from: Folded, to: Folded): void {
    const marker = this.markers.get(from);
    if (!marker) return;
    const all = [...this.markers].filter(([target]) => target !== to);
    this.markers.clear();
    for (const [target, at] of all) this.markers.set(target === from ? to : target, at);
  }

  get nick(): string {
    return this.who.nick;
  }
}

/**
 * A set of things of which there is mostly one, or none. That one takes no memory of its own, where a `Set` takes 250
 * bytes as soon as something is in it: with the sessions and the rooms of ten thousand idle members, that is 5 MB.
 */
export class SmallSet<T extends object> implements Iterable<T> {
  #things: T | Set<T> | undefined;

  get size(): number {
    const things = this.#things;
    return things instanceof Set ? things.size : things === undefined ? 0 : 1;
  }

  has(thing: T): boolean {
    const things = this.#things;
    return things instanceof Set ? things.has(thing) : things === thing;
  }

  add(thing: T): void {
    const things = this.#things;
    if (things instanceof Set) things.add(thing);
    else if (things === undefined) this.#things = thing;
    else if (things !== thing) this.#things = new Set([things, thing]);
  }

  /** Answers whether it was there. */
  delete(thing: T): boolean {
    const things = this.#things;
    if (things instanceof Set) return things.delete(thing);
    if (things !== thing) return false;
    this.#things = undefined;
    return true;
  }

  [Symbol.iterator](): Iterator<T> {
    const things = this.#things;
    if (things instanceof Set) return things.values();
    return (things === undefined ? NONE : [things]).values();
  }
}

const NONE: readonly never[] = [];
