import type { ChatEvent } from "../../chat/model/event.ts";
import type { Room } from "../../chat/model/room.ts";
import type { Crowd } from "../../chat/model/session.ts";
import { isToBeStored } from "../../chat/model/storing.ts";
import { isIgnored } from "../../commands/ignoring.ts";
import type { Cast, Peer } from "../../wire/protocol.ts";
import type { IrcSession } from "../session/session.ts";
import type { Memo } from "./memo.ts";

/**
 * The IRC sessions in a room that see its events in one form: an event is laid down once for all of them. A session that
 * ignores somebody is a crowd alone.
 */
export class IrcCrowd implements Crowd {
  readonly form: number;
  readonly #room: Room;
  readonly #cast: Cast;
  readonly #memo: Memo;
  /** By the numbers of their sessions. */
  readonly #peers = new Map<number, Peer>();
  /** The only session of the crowd, where that session ignores others. */
  readonly #loner: IrcSession | undefined;

  private constructor(room: Room, session: IrcSession) {
    this.#room = room;
    this.form = session.form;
    this.#cast = session.peer.newCast();
    this.#memo = session.server.memo;
    this.#loner = session.ignored.size > 0 ? session : undefined;
  }

  /** The crowd in a room for this session's form; made, if it is the first of it. */
  static for(room: Room, session: IrcSession): IrcCrowd {
    const known = IrcCrowd.find(room, session);
    if (known) return known;
    const crowd = new IrcCrowd(room, session);
    room.crowds.add(crowd);
    return crowd;
  }

  /** The crowd of this session's form in a room, or its own, if there is one. */
  static find(room: Room, session: IrcSession): IrcCrowd | undefined {
    for (const crowd of room.crowds) if (crowd instanceof IrcCrowd && crowd.#suits(session)) return crowd;
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
    if (this.#loner && isIgnored(event, this.#loner.ignored)) return;
    const bytes = this.#memo.bytes(event, this.form);
    if (bytes.length === 0) return;
    const { origin } = event;
    this.#cast.push(bytes, origin === undefined ? undefined : this.#peers.get(origin), isToBeStored(event));
  }

  #suits(session: IrcSession): boolean {
    if (this.#loner || session.ignored.size > 0) return this.#loner === session;
    return this.form === session.form;
  }
}
