/**
 * The fastest possible relay in Bun: it only copies bytes. `bun bench/compare/fastest-relay.ts PORT [plain]`.
 *
 * It knows as much IRC as the load speaks: no nick is refused, nothing is checked, kept or limited. What a room says in
 * a turn of the event loop is laid down once and goes to each member in one write. A yardstick, not a server.
 */
import type { Socket } from "bun";
import { Framing } from "../load/transcript.ts";

interface Peer {
  readonly socket: Socket<Peer>;
  readonly framing: Framing;
  readonly rooms: Set<Room>;
  nick: string;
  isRegistered: boolean;
  /** The bytes that the kernel did not take. */
  unsent: Buffer[];
}

/** A room's members, and this tick's messages: sender and bytes. */
interface Room {
  readonly name: string;
  readonly members: Set<Peer>;
  said: { readonly by: Peer; readonly bytes: Buffer }[];
}

const [port = "0", face = "irc"] = process.argv.slice(2);
const isPlain = face === "plain";
const rooms = new Map<string, Room>();
const spoken = new Set<Room>();
let isDue = false;

function send(peer: Peer, bytes: Buffer): void {
  if (peer.unsent.length > 0) {
    peer.unsent.push(bytes);
    return;
  }
  const taken = peer.socket.write(bytes);
  if (taken >= 0 && taken < bytes.length) peer.unsent.push(bytes.subarray(taken));
}

function say(room: Room, by: Peer, bytes: Buffer): void {
  room.said.push({ by, bytes });
  spoken.add(room);
  if (isDue) return;
  isDue = true;
  setImmediate(deliver);
}

/** Sends each member this tick's messages of the others in their rooms. */
function deliver(): void {
  isDue = false;
  for (const room of spoken) {
    const all = Buffer.concat(room.said.map(({ bytes }) => bytes));
    const authors = new Set(room.said.map(({ by }) => by));
    for (const member of room.members) {
      if (!authors.has(member)) send(member, all);
      else if (authors.size > 1)
        send(member, Buffer.concat(room.said.flatMap(({ by, bytes }) => (by === member ? [] : bytes))));
    }
    room.said = [];
  }
  spoken.clear();
}

function roomOf(name: string): Room {
  const room = rooms.get(name) ?? { name, members: new Set(), said: [] };
  rooms.set(name, room);
  return room;
}

function enter(peer: Peer, name: string): void {
  const room = roomOf(name);
  room.members.add(peer);
  peer.rooms.add(room);
  if (isPlain) return;
  const joined = Buffer.from(`:${peer.nick}!u@h JOIN ${name}\r\n`);
  say(room, peer, joined);
  send(peer, joined);
  send(peer, Buffer.from(`:limit 366 ${peer.nick} ${name} :End of NAMES\r\n`));
}

/** Answers registration, JOIN and PART. */
function command(peer: Peer, line: string): void {
  const [verb = "", argument = ""] = line.split(" ");
  if (verb === "NICK") peer.nick = argument;
  if (verb === "USER" && !peer.isRegistered) {
    peer.isRegistered = true;
    send(peer, Buffer.from(`:limit 001 ${peer.nick} :Welcome\r\n:limit 422 ${peer.nick} :No message of the day\r\n`));
  }
  if (verb === "JOIN") for (const name of argument.split(",")) enter(peer, name);
  if (verb === "PING") send(peer, Buffer.from(`:limit PONG limit ${line.slice(5)}\r\n`));
  if (verb === "QUIT") peer.socket.end();
}

function take(peer: Peer, bytes: Buffer, from: number, to: number): void {
  for (let at = from; at < to; ) {
    const end = bytes.indexOf(10, at) + 1;
    if (isPlain) {
      say(roomOf(""), peer, bytes.subarray(at, end));
    } else if (bytes[at] === 0x50 && bytes[at + 1] === 0x52) {
      const name = bytes.toString("latin1", at + 8, bytes.indexOf(32, at + 8)); // PRIVMSG
      say(roomOf(name), peer, Buffer.concat([Buffer.from(`:${peer.nick}!u@h `), bytes.subarray(at, end)]));
    } else {
      command(peer, bytes.toString("latin1", at, end).trimEnd());
    }
    at = end;
  }
}

function leave(peer: Peer): void {
  const quit = Buffer.from(`:${peer.nick}!u@h QUIT :gone\r\n`);
  for (const room of peer.rooms) {
    room.members.delete(peer);
    if (!isPlain) say(room, peer, quit);
  }
}

Bun.listen<Peer>({
  hostname: "127.0.0.1",
  port: Number(port),
  socket: {
    open(socket) {
      const nothing = { nick: "", isRegistered: false, unsent: [] };
      socket.data = { socket, framing: new Framing(), rooms: new Set(), ...nothing };
      if (isPlain) enter(socket.data, "");
    },
    data({ data: peer }, chunk) {
      peer.framing.take(chunk, (bytes, from, to) => take(peer, bytes, from, to));
    },
    drain({ data: peer }) {
      const waiting = peer.unsent;
      peer.unsent = [];
      for (const bytes of waiting) send(peer, bytes);
    },
    close: ({ data: peer }) => leave(peer),
    error: ({ data: peer }) => leave(peer),
  },
});
