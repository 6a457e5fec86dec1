import type { Asker } from "../accounts.ts";
import type { NetworkNamed } from "../model/act.ts";
import type { Member } from "../model/member.ts";

/**
 * The addresses that faces ask the server for: operators see all, others those of their own sessions. The chat knows
 * none, but as something that is banned.
 */
export interface Addresses {
  /** Where someone's sessions come from, each once. */
  of(member: Member): readonly string[];
  /** The sessions of someone's account, or of a guest, the oldest first: for the owner alone. */
  devicesOf(member: Member): readonly Device[];
  /** What someone names who wants to ban it; `undefined` where that is not written like an address or a network. */
  named(target: string, by: Member, asker: Asker): NetworkNamed | undefined;
  /** The networks that someone may name who wants to lift a ban; `undefined` where it is not written like one. */
  mayMean(target: string): readonly string[] | undefined;
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
