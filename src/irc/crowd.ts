import type { ChatEvent } from "../chat/event.ts";
import type { Room } from "../chat/room.ts";
import type { Crowd } from "../chat/session.ts";
import { isToBeStored } from "../chat/storing.ts";
import type { Cast, Peer } from "../wire/protocol.ts";
import type { Memo } from "./memo.ts";
import type { IrcSession } from "./session.ts";

/** The IRC sessions in a room that see its events in one form: an event is laid down once for all of them. */
export class IrcCrowd implements Crowd {
  readonly form: number;
  readonly #room: Room;
  readonly #cast: Cast;
  readonly #memo: Memo;
  /** By the numbers of their sessions. */
  readonly #peers = new Map<number, Peer>();

  private constructor(room: Room, form: number, cast: Cast, memo: Memo) {
    this.#room = room;
    this.form = form;
    this.#cast = cast;
    this.#memo = memo;
  }

  /** The crowd in a room for this session's form; made, if it is the first of it. */
  static for(room: Room, session: IrcSession): IrcCrowd {
    const known = IrcCrowd.find(room, session.form);
    if (known) return known;
    const crowd = new IrcCrowd(room, session.form, session.peer.newCast(), session.server.memo);
    room.crowds.add(crowd);
    return crowd;
  }

  /** The crowd of this form in a room, if there is one. */
  static find(room: Room, form: number): IrcCrowd | undefined {
    for (const crowd of room.crowds) if (crowd instanceof IrcCrowd && crowd.form === form) return crowd;
    return undefined;
  }

  add(session: IrcSession): void {
    this.#peers.set(session.id, session.peer);
    this.#cast.add(session.peer);
  }

  remove(session: IrcSession): void {
    this.#peers.delete(session.id);
    this.#cast.remove(session.peer);
    if (this.#peers.size === 0) this.#room.crowds.delete(this);
  }

  tell(event: ChatEvent): void {
    const bytes = this.#memo.bytes(event, this.form);
    if (bytes.length === 0) return;
    const { origin } = event;
    this.#cast.push(bytes, origin === undefined ? undefined : this.#peers.get(origin), isToBeStored(event));
  }
}
