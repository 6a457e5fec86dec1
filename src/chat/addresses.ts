import type { Asker } from "./accounts.ts";
import type { BanOrder, ServerBan } from "./bans.ts";
import type { Member } from "./member.ts";
import type { Refusal } from "./refusal.ts";

/**
 * The addresses that faces ask the server for: operators see all, others those of their own sessions. The chat knows none,
 * and no event has one. Bans are for operators of the server alone; others are refused.
 */
export interface Addresses {
  /** Where someone's sessions come from, each once. */
  of(member: Member): readonly string[];
  /** The sessions of someone's account, or of a guest, the oldest first: for the owner alone. */
  devicesOf(member: Member): readonly Device[];
  /**
   * Bans an address or a network from now on; connections from there are closed, with the reason. Answers the ban, and
   * the members who have no session from elsewhere: whoever asked is to expel them.
   */
  ban(order: BanOrder, by: Member, asker: Asker): AddressBanned | Refusal;
  /** Lifts a ban by its address or network as it is listed; answers that. */
  lift(target: string, by: Member): string | Refusal;
  readonly bans: readonly ServerBan[];
}

/** A session, as the owner of its account may know it. */
export interface Device {
  readonly id: number;
  /** How it speaks. */
  readonly face: string;
  readonly isSecure: boolean;
  readonly address: string;
  /** When it connected, and when its last bytes came, by the steady clock; milliseconds since 1970. */
  readonly since: number;
  readonly heard: number;
}

/** An address was banned. */
export interface AddressBanned {
  readonly ban: ServerBan;
  readonly members: readonly Member[];
}
