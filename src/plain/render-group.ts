import { type ChatEvent, isToBeStored } from "../chat/model/event.ts";
import type { Room } from "../chat/model/room.ts";
import type { Crowd, Session } from "../chat/model/session.ts";
import type { View } from "../commands/history.ts";
import { NOBODY } from "../commands/talk.ts";
import { encode } from "../text/bytes.ts";
import type { Folded } from "../text/fold.ts";
import type { Cast, Peer } from "../wire/protocol.ts";
import { render } from "./render.ts";

/** What someone in a room is to be shown of it. */
export interface Form {
  readonly isCurrent: boolean;
  readonly ignored: ReadonlySet<Folded>;
}

/**
 * The plain sessions in a room that see its events alike: those whose current room it is, or those for whom it is
 * another. One who ignores somebody is a crowd alone.
 */
export class PlainCrowd implements Crowd {
  readonly #room: Room;
  readonly #form: Form;
  readonly #cast: Cast;
  /** By the numbers of their sessions. */
  readonly #peers = new Map<number, Peer>();

  private constructor(room: Room, form: Form, cast: Cast) {
    this.#room = room;
    this.#form = form;
    this.#cast = cast;
  }

  /** Puts a session into the room's crowd of this form, which is made if there is none. */
  static enter(room: Room, form: Form, session: Session, peer: Peer): PlainCrowd {
    const crowd = PlainCrowd.#find(room, form) ?? new PlainCrowd(room, form, peer.newCast());
    room.crowds.add(crowd);
    crowd.#peers.set(session.id, peer);
    crowd.#cast.add(peer);
    return crowd;
  }

  static #find(room: Room, form: Form): PlainCrowd | undefined {
    if (form.ignored.size > 0) return undefined;
    for (const crowd of room.crowds) if (crowd instanceof PlainCrowd && crowd.#suits(form)) return crowd;
    return undefined;
  }

  /** Takes a session out; the last one out takes the crowd away. */
  leave(session: Session): void {
    const peer = this.#peers.get(session.id);
    if (!peer) return;
    this.#peers.delete(session.id);
    this.#cast.remove(peer);
    if (this.#peers.size === 0) this.#room.crowds.delete(this);
  }

  tell(event: ChatEvent): void {
    const text = render(event, this.#view);
    if (text === "") return;
    const { origin } = event;
    this.#cast.push(encode(text), origin === undefined ? undefined : this.#peers.get(origin), isToBeStored(event));
  }

  /** The room may have another name by now. */
  get #view(): View {
    const { isCurrent, ignored } = this.#form;
    return { self: undefined, current: isCurrent ? this.#room.key : undefined, ignored };
  }

  #suits({ isCurrent }: Form): boolean {
    return this.#form.isCurrent === isCurrent && this.#form.ignored.size === 0;
  }
}

/** The rooms that someone is in, which of them is the current one, and whom the person ignores. */
export class Places {
  readonly #session: Session;
  readonly #peer: Peer;
  readonly #crowds = new Map<Room, PlainCrowd>();
  #current: Room | undefined;
  #ignored: ReadonlySet<Folded> = NOBODY;

  constructor(session: Session, peer: Peer) {
    this.#session = session;
    this.#peer = peer;
  }

  /** Where a line without a command goes. */
  get current(): Room | undefined {
    return this.#current;
  }

  get ignored(): ReadonlySet<Folded> {
    return this.#ignored;
  }

  follow(room: Room): void {
    this.#crowds.get(room)?.leave(this.#session);
    const form = { isCurrent: room === this.#current, ignored: this.#ignored };
    this.#crowds.set(room, PlainCrowd.enter(room, form, this.#session, this.#peer));
  }

  /** Answers another room that the person is in, the latest; `undefined` if there is none. */
  unfollow(room: Room): Room | undefined {
    this.#crowds.get(room)?.leave(this.#session);
    this.#crowds.delete(room);
    if (this.#current === room) this.#current = undefined;
    return [...this.#crowds.keys()].at(-1);
  }

  unfollowAll(): void {
    for (const crowd of this.#crowds.values()) crowd.leave(this.#session);
    this.#crowds.clear();
    this.#current = undefined;
  }

  /** Makes a room the current one; it may be followed only hereafter. */
  go(room: Room): void {
    const before = this.#current;
    this.#current = room;
    for (const changed of [before, room]) if (changed && this.#crowds.has(changed)) this.follow(changed);
  }

  ignore(nicks: ReadonlySet<Folded>): void {
    this.#ignored = nicks;
    for (const room of [...this.#crowds.keys()]) this.follow(room);
  }
}
