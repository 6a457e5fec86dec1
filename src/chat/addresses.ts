import type { Asker } from "./accounts.ts";
import type { BanOrder, ServerBan } from "./bans.ts";
import type { Member } from "./member.ts";
import type { Refusal } from "./refusal.ts";

/**
 * What faces ask of the server about addresses, for its operators: the chat itself knows none, and no event has one.
 * Who is no operator of the server is refused.
 */
export interface Addresses {
  /** Where someone's sessions come from, each once. */
  of(member: Member): readonly string[];
  /**
   * Bans an address or a network from now on; connections from there are closed, with the reason. Answers the ban, and
   * the members who have no session from elsewhere: whoever asked is to expel them.
   */
  ban(order: BanOrder, by: Member, asker: Asker): AddressBanned | Refusal;
  /** Lifts a ban by its address or network as it is listed; answers that. */
  lift(target: string, by: Member): string | Refusal;
  readonly bans: readonly ServerBan[];
}

/** An address was banned. */
export interface AddressBanned {
  readonly ban: ServerBan;
  readonly members: readonly Member[];
}
