/** Sockets that a service manager passes on or listens at, made with the C library, as Bun has no API for them. Linux only. */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { eventually } from "./patience.ts";

const { i32, u32, u64, i64 } = FFIType;
const AF_UNIX = 1;
const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

const libc =
  process.platform === "linux"
    ? dlopen("libc.so.6", {
        socket: { args: [i32, i32, i32], returns: i32 },
        bind: { args: [i32, FFIType.ptr, u32], returns: i32 },
        listen: { args: [i32, i32], returns: i32 },
        getsockname: { args: [i32, FFIType.ptr, FFIType.ptr], returns: i32 },
        recv: { args: [i32, FFIType.ptr, u64, i32], returns: i64 },
        close: { args: [i32], returns: i32 },
      }).symbols
    : undefined;

/** Whether the C library is missing, so that these classes cannot be used. */
export const isMissing = libc === undefined;

function opened() {
  if (!libc) throw new Error("No known C library on this system");
  return libc;
}

/** A unix datagram socket, like the one at which a service manager listens. */
export class Datagrams implements Disposable {
  readonly #descriptor: number;

  /** A path that begins with "@" is an abstract name. */
  constructor(path: string) {
    const { socket, bind } = opened();
    this.#descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
    const name = path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`;
    const address = Buffer.from(`\x01\0${name}`);
    if (bind(this.#descriptor, ptr(address), address.length) !== 0) throw new Error(`${path} cannot be bound`);
  }

  /** Waits for the next message. Fails if none comes. */
  async next(): Promise<string> {
    const message = Buffer.alloc(4096);
    let length = -1;
    await eventually(
      () => {
        length = Number(opened().recv(this.#descriptor, ptr(message), message.length, MSG_DONTWAIT));
        return length >= 0;
      },
      () => "No message came",
    );
    return message.toString("utf8", 0, length);
  }

  [Symbol.dispose](): void {
    opened().close(this.#descriptor);
  }
}

/** A listening socket on a free port of 127.0.0.1, opened as a service manager does. */
export class OpenSocket implements Disposable {
  readonly descriptor: number;
  readonly port: number;

  constructor() {
    const { socket, bind, listen, getsockname } = opened();
    this.descriptor = socket(AF_INET, SOCK_STREAM, 0);
    const address = Buffer.from([AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    bind(this.descriptor, ptr(address), address.length);
    listen(this.descriptor, 100);
    getsockname(this.descriptor, ptr(address), ptr(new Uint32Array([address.length])));
    this.port = address.readUInt16BE(2);
  }

  [Symbol.dispose](): void {
    opened().close(this.descriptor);
  }
}
