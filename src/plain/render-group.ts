import { type ChatEvent, mustBeStored } from "../chat/model/event.ts";
import type { Room } from "../chat/model/room.ts";
import type { RenderGroup, Session } from "../chat/model/session.ts";
import type { ReaderView } from "../commands/history.ts";
import { NOBODY } from "../commands/talk.ts";
import { encode } from "../text/bytes.ts";
import type { Folded } from "../text/fold.ts";
import type { Broadcast, Peer } from "../wire/protocol.ts";
import { render } from "./render.ts";

/** How a session sees a room. */
export interface PlainForm {
  readonly isCurrent: boolean;
  readonly ignored: ReadonlySet<Folded>;
}

/**
 * The plain sessions in a room that get the same lines: those whose current room it is, or those whose current room is
 * another. A session that ignores somebody is alone in its group.
 */
export class PlainRenderGroup implements RenderGroup {
  readonly #room: Room;
  readonly #form: PlainForm;
  readonly #broadcast: Broadcast;
  /** By session id. */
  readonly #peers = new Map<number, Peer>();

  private constructor(room: Room, form: PlainForm, broadcast: Broadcast) {
    this.#room = room;
    this.#form = form;
    this.#broadcast = broadcast;
  }

  /** Adds a session to the room's group of this form; creates the group if there is none. */
  static enter(room: Room, form: PlainForm, session: Session, peer: Peer): PlainRenderGroup {
    const group = PlainRenderGroup.#find(room, form) ?? new PlainRenderGroup(room, form, peer.newBroadcast());
    room.renderGroups.add(group);
    group.#peers.set(session.id, peer);
    group.#broadcast.add(peer);
    return group;
  }

  static #find(room: Room, form: PlainForm): PlainRenderGroup | undefined {
    if (form.ignored.size > 0) return undefined;
    for (const group of room.renderGroups) if (group instanceof PlainRenderGroup && group.#suits(form)) return group;
    return undefined;
  }

  /** Removes a session, and with the last one the group. */
  leave(session: Session): void {
    const peer = this.#peers.get(session.id);
    if (!peer) return;
    this.#peers.delete(session.id);
    this.#broadcast.remove(peer);
    if (this.#peers.size === 0) this.#room.renderGroups.delete(this);
  }

  tell(event: ChatEvent): void {
    const text = render(event, this.#view);
    if (text === "") return;
    const { origin } = event;
    this.#broadcast.push(encode(text), origin === undefined ? undefined : this.#peers.get(origin), mustBeStored(event));
  }

  /** Made anew for each event, since the room may have been renamed. */
  get #view(): ReaderView {
    const { isCurrent, ignored } = this.#form;
    return { self: undefined, current: isCurrent ? this.#room.key : undefined, ignored };
  }

  #suits({ isCurrent }: PlainForm): boolean {
    return this.#form.isCurrent === isCurrent && this.#form.ignored.size === 0;
  }
}

/** The rooms that a session follows, its current room, and the nicks that it ignores. */
export class FollowedRooms {
  readonly #session: Session;
  readonly #peer: Peer;
  readonly #renderGroups = new Map<Room, PlainRenderGroup>();
  #current: Room | undefined;
  #ignored: ReadonlySet<Folded> = NOBODY;

  constructor(session: Session, peer: Peer) {
    this.#session = session;
    this.#peer = peer;
  }

  /** The room that lines without a command are sent to. */
  get current(): Room | undefined {
    return this.#current;
  }

  get ignored(): ReadonlySet<Folded> {
    return this.#ignored;
  }

  follow(room: Room): void {
    this.#renderGroups.get(room)?.leave(this.#session);
    const form = { isCurrent: room === this.#current, ignored: this.#ignored };
    this.#renderGroups.set(room, PlainRenderGroup.enter(room, form, this.#session, this.#peer));
  }

  /** Answers the latest of the other rooms; `undefined` if there is none. */
  unfollow(room: Room): Room | undefined {
    this.#renderGroups.get(room)?.leave(this.#session);
    this.#renderGroups.delete(room);
    if (this.#current === room) this.#current = undefined;
    return [...this.#renderGroups.keys()].at(-1);
  }

  unfollowAll(): void {
    for (const group of this.#renderGroups.values()) group.leave(this.#session);
    this.#renderGroups.clear();
    this.#current = undefined;
  }

  /** Makes a room the current one; it need not be followed yet. */
  go(room: Room): void {
    const before = this.#current;
    this.#current = room;
    for (const changed of [before, room]) if (changed && this.#renderGroups.has(changed)) this.follow(changed);
  }

  ignore(nicks: ReadonlySet<Folded>): void {
    this.#ignored = nicks;
    for (const room of [...this.#renderGroups.keys()]) this.follow(room);
  }
}
