/**
 * Snapshots: the whole database of a node, as of one record, for a node that is new or was away for too long. They go
 * over TLS on a port of their own, and only to a node: its certificate is of the cluster's authority and has its name.
 * The asker sends nothing; the answer is a line of JSON, and then the database.
 */

import { closeSync, createReadStream, openSync, rmSync, statSync, writeSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { connect, createServer, type PeerCertificate, type TLSSocket } from "node:tls";
import { messageOf } from "../text/filter.ts";
import type { EtcdTls } from "./etcd-server.ts";

const SILENCE = 30_000; // ms without a byte after which a transfer is given up: the copy is made meanwhile
const MOST_HEAD = 1000; // bytes of the line before the database

/** The certificate of a node, its key, and the authority of the cluster, in PEM: all are needed. */
type NodeTls = Required<EtcdTls>;

/** The first line of an answer. */
interface Head {
  /** The size of the database that follows. */
  readonly bytes?: number;
  readonly refused?: string;
  /** It is refused only for the moment. */
  readonly isBusy?: boolean;
}

const BUSY = { refused: "it gives a copy to another server at this moment", isBusy: true };

/** No node gives its database now, and one of them gives it to another node. */
export class PeerBusy extends Error {}

interface SnapshotSetup {
  /** The address to listen on; port 0 is any free one. */
  readonly host: string;
  readonly port: number;
  readonly tls: NodeTls;
  /** The names of the nodes that may ask. */
  nodes(): Promise<Iterable<string>>;
  /** Copies the database into a new file. */
  copy(file: string): Promise<void>;
  /** The path of that file, which exists while it is sent. */
  readonly file: string;
  /** Called with what went wrong with a node or a stranger that asked. */
  refused(reason: string): void;
}

/** Gives snapshots to the other nodes. */
export interface SnapshotServer {
  readonly port: number;
  close(): void;
}

/** Rejects if it cannot listen. */
export function serveSnapshots(setup: SnapshotSetup): Promise<SnapshotServer> {
  const sockets = new Set<TLSSocket>();
  let isBusy = false;
  const answer = async (socket: TLSSocket): Promise<void> => {
    const name = nameIn(socket.getPeerCertificate(), await setup.nodes());
    if (name === undefined) return refuse(socket, "your certificate names no server of this cluster");
    if (isBusy) return void socket.end(`${JSON.stringify(BUSY satisfies Head)}\n`);
    isBusy = true;
    try {
      await setup.copy(setup.file);
      const bytes = statSync(setup.file).size;
      socket.write(`${JSON.stringify({ bytes } satisfies Head)}\n`);
      await pipeline(createReadStream(setup.file), socket);
    } finally {
      isBusy = false;
      rmSync(setup.file, { force: true });
    }
  };
  const refuse = (socket: TLSSocket, refused: string) => {
    setup.refused(refused);
    socket.end(`${JSON.stringify({ refused } satisfies Head)}\n`);
  };
  const server = createServer({ ...setup.tls, requestCert: true, rejectUnauthorized: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", (error) => setup.refused(error.message));
    socket.setTimeout(SILENCE, () => socket.destroy());
    answer(socket).catch((error: unknown) => {
      setup.refused(messageOf(error));
      socket.destroy();
    });
  });
  server.on("tlsClientError", (error) => setup.refused(error.message));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(setup.port, setup.host, () => {
      const place = server.address();
      const close = () => {
        server.close();
        for (const socket of sockets) socket.destroy();
      };
      resolve({ port: typeof place === "object" && place ? place.port : setup.port, close });
    });
  });
}

/** A node that may have a snapshot. */
export interface SnapshotPeer {
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Fetches the database of the first node that gives it, into a new file; returns that node. Rejects if none does, with
 * `PeerBusy` if one will do so soon.
 */
export async function fetchSnapshot(peers: Iterable<SnapshotPeer>, tls: NodeTls, file: string): Promise<SnapshotPeer> {
  const reasons: string[] = [];
  let isBusy = false;
  for (const peer of peers) {
    try {
      await fetchFrom(peer, tls, file);
      return peer;
    } catch (error) {
      rmSync(file, { force: true });
      isBusy ||= error instanceof PeerBusy;
      reasons.push(`${peer.node}: ${messageOf(error)}`);
    }
  }
  if (isBusy) throw new PeerBusy(reasons.join("; "));
  throw new Error(reasons.length === 0 ? "there is no other server" : reasons.join("; "));
}

async function fetchFrom({ node, host, port }: SnapshotPeer, tls: NodeTls, file: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // The certificate has the node's name, not that of its address.
  const socket = connect({ host, port, ...tls, checkServerIdentity: () => undefined });
  const download = new Download(file);
  socket.setTimeout(SILENCE, () => socket.destroy(new Error("it does not answer")));
  socket.on("secureConnect", () => {
    if (nameIn(socket.getPeerCertificate(), [node]) === undefined)
      socket.destroy(new Error(`its certificate is not that of ${node}`));
  });
  socket.on("data", (bytes: Buffer) => {
    try {
      download.take(bytes);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on("error", reject);
  socket.on("close", () => {
    download.close();
    if (download.isWhole) resolve();
    else reject(new Error("it has broken off"));
  });
  socket.on("end", () => socket.destroy());
  await promise;
}

/** A database on its way into a file. */
class Download {
  readonly #file: string;
  #descriptor: number | undefined;
  #head: Buffer = Buffer.alloc(0);
  /** The bytes that are still to come; `undefined` before the first line. */
  #rest: number | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  get isWhole(): boolean {
    return this.#rest === 0;
  }

  /** Throws if the answer is a refusal or none, or if it cannot be written. */
  take(bytes: Buffer): void {
    if (this.#rest === undefined) return this.#takeHead(Buffer.concat([this.#head, bytes]));
    if (bytes.length > this.#rest) throw new Error("it has sent too much");
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor ?? -1, bytes, at);
    this.#rest -= bytes.length;
  }

  #takeHead(bytes: Buffer): void {
    this.#head = bytes;
    const end = bytes.indexOf(10);
    if (end < 0 && bytes.length > MOST_HEAD) throw new Error("it gives no copies");
    if (end < 0) return;
    const { bytes: size, refused, isBusy } = JSON.parse(bytes.subarray(0, end).toString()) as Head;
    if (isBusy) throw new PeerBusy(refused);
    if (refused !== undefined || size === undefined) throw new Error(refused ?? "it gives no copies");
    this.#descriptor = openSync(this.#file, "wx", 0o600);
    this.#rest = size;
    this.take(bytes.subarray(end + 1));
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** The node whose name a certificate has: `a` is named by `a` and by `a.example.org`. */
export function nameIn(
  { subject, subjectaltname = "" }: Pick<PeerCertificate, "subject" | "subjectaltname">,
  nodes: Iterable<string>,
): string | undefined {
  const alternative = subjectaltname.split(", ").flatMap((entry) => (entry.startsWith("DNS:") ? [entry.slice(4)] : []));
  const names = [...[subject?.CN ?? []].flat(), ...alternative].map((name) => name.toLowerCase());
  for (const node of nodes)
    if (names.some((name) => name === node.toLowerCase() || name.startsWith(`${node.toLowerCase()}.`))) return node;
  return undefined;
}
