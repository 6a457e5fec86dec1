import type { Member } from "./member.ts";

/**
 * Looks up addresses for faces and commands. The server implements it: the chat itself knows addresses only as the text
 * of a ban. Server operators may see all addresses, everyone else those of their own sessions.
 */
export interface Addresses {
  /** The distinct addresses of a member's sessions. */
  of(member: Member): readonly string[];
  /** The sessions of a member's account, or of a guest, oldest first; for their owner only. */
  devicesOf(member: Member): readonly Device[];
  /** Parses the target of a ban by `by`; `undefined` if it is not written like an address or a network. */
  resolve(target: string, by: Member, asker: Asker): NamedNetwork | undefined;
  /** The networks that the target of an unban may stand for; `undefined` if it is not written like one. */
  networksFor(target: string): readonly string[] | undefined;
}

/** A session, as its account's owner sees it. */
export interface Device {
  readonly id: number;
  /** `undefined` if it is connected to another server of the cluster. */
  readonly connection: DeviceConnection | undefined;
}

/** How a session is connected to this server. */
export interface DeviceConnection {
  /** The name of the token by which it has logged in: our clients name it after their computer. */
  readonly name?: string | undefined;
  /** The name of its face, such as nc or IRC. */
  readonly face: string;
  readonly isSecure: boolean;
  readonly address: string;
  /** When it connected, and when its last bytes arrived: the steady clock, milliseconds since 1970. */
  readonly since: number;
  readonly heard: number;
}

/** An address or a network that is to be banned. */
export interface NamedNetwork {
  /** Its canonical form; `undefined` if it is invalid. */
  readonly text: string | undefined;
  /** The network is too large to ban. */
  readonly isWide: boolean;
  /** It contains the address of the operator who asks. */
  readonly isOwn: boolean;
  /** The ids of the sessions from there. */
  readonly sessions: readonly number[];
}

/** The connection that makes a login attempt: attempts are counted by its address. */
export interface Asker {
  /** The connection's id, for logs. */
  readonly id?: number;
  readonly address: string;
  /** SHA-256 of its client certificate, in hex; or of its SSH key, `SHA256:…`. */
  readonly fingerprint?: string | undefined;
  /** No limits apply to its address. */
  readonly isExempt: boolean;
}
