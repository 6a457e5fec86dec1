import type { Member } from "./member.ts";

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
  resolve(target: string, by: Member, asker: Asker): NamedNetwork | undefined;
  /** The networks that someone may name who wants to lift a ban; `undefined` where it is not written like one. */
  networksFor(target: string): readonly string[] | undefined;
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

/** What the server knows of an address, or a network of them, that is to be banned: the chat knows no address. */
export interface NamedNetwork {
  /** In the one form that it is written in; `undefined` for what is none. */
  readonly text: string | undefined;
  /** It is most of the world. */
  readonly isWide: boolean;
  /** The one who asks comes from there. */
  readonly isOwn: boolean;
  /** The numbers of the sessions that come from there. */
  readonly sessions: readonly number[];
}

/** Who asks, as far as tries are counted. */
export interface Asker {
  /** Of the connection, for logs. */
  readonly id?: number;
  readonly address: string;
  /** SHA-256 of the certificate that it has shown, in hex. */
  readonly fingerprint?: string | undefined;
  /** No limits apply to this address. */
  readonly isExempt: boolean;
}
