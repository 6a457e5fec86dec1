import type { Folded } from "../text/fold.ts";
import type { Who } from "./event.ts";
import { Few } from "./few.ts";
import type { Room } from "./room.ts";
import type { Session } from "./session.ts";
import type { Trait } from "./traits.ts";

/** Someone in the chat, however many sessions they have. Changed by the chat's `apply` alone. */
export class Member {
  who: Who;
  /** "" while present. */
  away = "";
  readonly traits = new Set<Trait>();
  readonly sessions = new Few<Session>();
  /** How far a guest has read, by target; an account's markers are kept in the store. */
  readonly markers = new Map<Folded, number>();
  readonly rooms = new Few<Room>();
  /** Rooms that someone has invited them to, and they have not come to yet. */
  readonly invitations = new Set<Room>();
  /** When they came, and when they last said something; milliseconds since 1970. */
  readonly since: number;
  spoke: number;

  constructor(who: Who, since: number) {
    this.who = who;
    this.since = since;
    this.spoke = since;
  }

  get nick(): string {
    return this.who.nick;
  }
}
