import { type ChatEvent, mustBeStored } from "../../chat/model/event.ts";
import type { Room } from "../../chat/model/room.ts";
import type { RenderGroup } from "../../chat/model/session.ts";
import { isIgnored } from "../../chat/visibility.ts";
import { encode } from "../../text/bytes.ts";
import type { Broadcast, Peer } from "../../wire/protocol.ts";
import type { IrcSession } from "../session/session.ts";
import { render } from "./render.ts";

/**
 * The IRC sessions in a room that get its events in the same form: an event is rendered and queued once for all of
 * them. A session that ignores somebody is alone in its group.
 */
export class IrcRenderGroup implements RenderGroup {
  readonly form: number;
  readonly #room: Room;
  readonly #broadcast: Broadcast;
  readonly #renderCache: RenderCache;
  /** By session id. */
  readonly #peers = new Map<number, Peer>();
  /** The only session of the group, if it ignores somebody. */
  readonly #ignoring: IrcSession | undefined;

  private constructor(room: Room, session: IrcSession) {
    this.#room = room;
    this.form = session.form;
    this.#broadcast = session.peer.newBroadcast();
    this.#renderCache = session.server.renderCache;
    this.#ignoring = session.ignored.size > 0 ? session : undefined;
  }

  /** The group that the session belongs to in a room; created if there is none. */
  static for(room: Room, session: IrcSession): IrcRenderGroup {
    const known = IrcRenderGroup.find(room, session);
    if (known) return known;
    const group = new IrcRenderGroup(room, session);
    room.renderGroups.add(group);
    return group;
  }

  /** The group that the session belongs to in a room, if there is one. */
  static find(room: Room, session: IrcSession): IrcRenderGroup | undefined {
    for (const group of room.renderGroups) if (group instanceof IrcRenderGroup && group.#suits(session)) return group;
    return undefined;
  }

  add(session: IrcSession): void {
    this.#peers.set(session.id, session.peer);
    this.#broadcast.add(session.peer);
  }

  remove(session: IrcSession): void {
    this.#peers.delete(session.id);
    this.#broadcast.remove(session.peer);
    if (this.#peers.size === 0) this.#room.renderGroups.delete(this);
  }

  tell(event: ChatEvent): void {
    if (this.#ignoring && isIgnored(event, this.#ignoring.ignored)) return;
    const bytes = this.#renderCache.bytes(event, this.form);
    if (bytes.length === 0) return;
    const { origin } = event;
    this.#broadcast.push(bytes, origin === undefined ? undefined : this.#peers.get(origin), mustBeStored(event));
  }

  #suits(session: IrcSession): boolean {
    if (this.#ignoring || session.ignored.size > 0) return this.#ignoring === session;
    return this.form === session.form;
  }
}

const NOTHING = new Uint8Array(0);

/**
 * Caches the bytes of the latest event per form, so that an event sent to a thousand sessions one by one is rendered
 * once per form instead of a thousand times.
 */
export class RenderCache {
  readonly #server: string;
  #event: ChatEvent | undefined;
  readonly #bytes = new Map<number, Uint8Array>();

  /** `server` is the server's name, the source of its own lines. */
  constructor(server: string) {
    this.#server = server;
  }

  /** The event's bytes in a form; empty if the event is not shown in it. */
  bytes(event: ChatEvent, form: number): Uint8Array {
    if (event !== this.#event) {
      this.#event = event;
      this.#bytes.clear();
    }
    const known = this.#bytes.get(form);
    if (known) return known;
    const text = this.text(event, form);
    const bytes = text === "" ? NOTHING : encode(text);
    this.#bytes.set(form, bytes);
    return bytes;
  }

  /** The event's lines in a form, rendered anew; "" if the event is not shown in it. */
  text(event: ChatEvent, form: number): string {
    return render(event, form, this.#server);
  }
}
