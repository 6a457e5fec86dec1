import type { CommandConfig, CommandServer } from "../commands/context.ts";

/** The part of the running configuration that plain sessions use. */
export interface PlainConfig extends CommandConfig {
  /** Asked of everyone; "" is none. */
  readonly password: string;
  /** Messages of a room that a newcomer is shown at the most, if that is fewer than usual; 0 is none. */
  readonly replay: number;
}

/** State and services that all plain sessions of a server share. */
export interface PlainServer extends CommandServer {
  /** The server's own name. */
  readonly name: string;
  readonly config: PlainConfig;
}
