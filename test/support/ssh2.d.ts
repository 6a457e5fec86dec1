/** The client of ssh2, for tests that misbehave as no program does, and for many sessions in a bench. */
declare module "ssh2" {
  import type { EventEmitter } from "node:events";
  import type { Duplex } from "node:stream";

  export class Client extends EventEmitter {
    connect(options: {
      readonly host: string;
      readonly port: number;
      readonly username: string;
      readonly password?: string;
      readonly tryKeyboard?: boolean;
      readonly authHandler?: (
        left: readonly string[] | null,
        isPartial: boolean,
        next: (method: { readonly type: "password"; readonly username: string; readonly password: string }) => void,
      ) => void;
    }): this;
    exec(command: string, opened: (error: Error | undefined, channel: ClientChannel) => void): this;
    shell(
      terminal: { readonly cols: number; readonly rows: number; readonly term: string },
      opened: (error: Error | undefined, channel: ClientChannel) => void,
    ): this;
    forwardOut(from: string, fromPort: number, to: string, toPort: number, opened: (error?: Error) => void): this;
    forwardIn(address: string, port: number, opened: (error?: Error) => void): this;
    subsys(name: string, opened: (error?: Error) => void): this;
    destroy(): this;
  }

  interface ClientChannel extends Duplex {
    readonly outgoing: { window: number };
  }
}
