/** The parts of ssh2 1.17.0 that are used, some of them internal: the version is pinned. */
declare module "ssh2" {
  import type { EventEmitter } from "node:events";
  import type { Duplex, Writable } from "node:stream";

  interface Algorithms {
    readonly kex: readonly string[];
    readonly cipher: readonly string[];
    readonly hmac: readonly string[];
    readonly compress: readonly string[];
  }

  interface ServerConfig {
    readonly hostKeys: readonly string[];
    readonly algorithms: Algorithms;
    readonly ident: string;
    /** In milliseconds. */
    readonly keepaliveInterval: number;
  }

  export class Server extends EventEmitter {
    constructor(config: ServerConfig, connected: (client: IncomingClient) => void);
    /** Speaks SSH on a stream. */
    injectSocket(stream: Duplex): void;
  }

  /** Messages of the protocol, numbered channels included. */
  export interface Messages {
    /** Makes packets with room for a payload, and sends them. */
    readonly _cipher: { allocPacket(payload: number): Buffer; encrypt(packet: Buffer): void };
    channelOpenFail(theirs: number, why: number, words: string): void;
    channelOpenConfirm(theirs: number, ours: number, window: number, packetSize: number): void;
    channelWindowAdjust(theirs: number, bytes: number): void;
    /** Packets that wait for the end of a key exchange; `undefined` outside of one. */
    readonly _queue: readonly unknown[] | undefined;
  }

  export interface IncomingClient extends EventEmitter {
    readonly _sock: Duplex;
    readonly _protocol: Messages;
    /** Says goodbye, and ends the stream. */
    end(): void;
  }

  interface AuthContext {
    readonly username: string;
    accept(): void;
    reject(methods?: readonly string[], isPartial?: boolean): void;
  }

  export interface KeyAuthentication extends AuthContext {
    readonly method: "publickey";
    readonly key: { readonly algo: string; readonly data: Buffer };
    readonly hashAlgo?: string;
    /** Absent if the client only asks whether the key would do. */
    readonly signature?: Buffer;
    readonly blob?: Buffer;
  }

  export interface PasswordAuthentication extends AuthContext {
    readonly method: "password";
    /** Not a string if the client wants to change it. */
    readonly password: unknown;
  }

  export interface PromptAuthentication extends AuthContext {
    readonly method: "keyboard-interactive";
    prompt(
      prompts: readonly { readonly prompt: string; readonly echo: boolean }[],
      title: string,
      instructions: string,
      answered: (answers: readonly string[] | Error) => void,
    ): void;
  }

  export type Authentication =
    | KeyAuthentication
    | PasswordAuthentication
    | PromptAuthentication
    | (AuthContext & { readonly method: "none" | "hostbased" });

  /** An accepted request for a session; `exec` or `shell` turns it into a channel. */
  export interface Session extends EventEmitter {
    readonly _chanInfo: { readonly incoming: { window: number }; readonly outgoing: { readonly id: number } };
  }

  export interface Channel extends Duplex {
    readonly stderr: Writable;
    exit(code: number): void;
  }

  /** The size of a terminal. */
  export interface WindowSize {
    readonly cols: number;
    readonly rows: number;
  }

  export const utils: {
    /** An array for a file with several keys. */
    parseKey(data: Buffer): ParsedKey | readonly ParsedKey[] | Error;
  };

  export interface ParsedKey {
    readonly type: string;
    /** `true` if the signature is right. */
    verify(data: Buffer, signature: Buffer, hash?: string): boolean | Error;
  }
}
