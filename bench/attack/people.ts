import { connect, type Socket } from "node:net";

const ROOMS = ["#lobby", "#garden", "#kitchen", "#attic", "#cellar"] as const;
const LOBBY = 0;
const EACH = 2; // people per address
const PAUSE = [1400, 2600] as const; // ms between two lines of one person: below the server's rate limit
const LOOK = 5; // ms between two checks of who is due to speak
const KEPT = 64; // send times that are kept for each person and room
const MESSAGE = /\bm-(\d+)-(\d+)-(\d+)\b/;

/** The deliveries in a period. Lost, doubled and reordered lines are broken promises. */
export interface Hearing {
  said: number;
  deliveries: number;
  lost: number;
  doubled: number;
  reordered: number;
  /** How many connections have ended. */
  dropped: number;
  /** The latency of each delivery, from the write of the line to its receipt, in ms. */
  latencies: number[];
  /** The lateness of each check for due speakers, in ms: the delay that the test's own machine adds. */
  delays: number[];
}

/** The rooms in which the people talk. */
export const PEOPLE_ROOMS: readonly string[] = ROOMS;

/**
 * People who chat at a human pace: half with IRC, half with nc, all in the lobby and each in one more room. Each person
 * numbers their lines per room, and checks that every line of everybody else comes once and in order.
 */
export class People {
  readonly #all: Person[] = [];
  #hearing = silence();
  #talking: ReturnType<typeof setInterval> | undefined;

  /** Connects this many people, two from each address of 127.1.0.0/16. */
  static async gather(port: number, count: number): Promise<People> {
    const people = new People();
    for (let number = 0; number < count; number++) {
      const place = Math.floor(number / EACH);
      const from = `127.1.${Math.floor(place / 200)}.${1 + (place % 200)}`;
      people.#all.push(await Person.enter(port, from, number, people));
    }
    return people;
  }

  get hearing(): Hearing {
    return this.#hearing;
  }

  person(number: number): Person | undefined {
    return this.#all[number];
  }

  /** Starts the conversation, which continues until `hush`. */
  talk(): void {
    let last = performance.now();
    this.#talking ??= setInterval(() => {
      const now = performance.now();
      this.#hearing.delays.push(now - last - LOOK);
      last = now;
      for (const person of this.#all) if (now >= person.next) this.#hearing.said += person.say(now);
    }, LOOK);
  }

  /** Ends the conversation; resolves when everybody has heard everything, or after `patience` ms: missing lines are lost. */
  async hush(patience: number): Promise<void> {
    clearInterval(this.#talking);
    this.#talking = undefined;
    const end = performance.now() + patience;
    while (this.#missing() > 0 && performance.now() < end) await Bun.sleep(LOOK);
    this.#hearing.lost += this.#missing();
    this.#hearing.dropped += this.#all.filter((person) => person.isGone).length;
  }

  /** The deliveries since the last call. */
  account(): Hearing {
    const hearing = this.#hearing;
    this.#hearing = silence();
    return hearing;
  }

  leave(): void {
    for (const person of this.#all) person.leave();
  }

  /** Lines that somebody in the room has not received yet. */
  #missing(): number {
    let missing = 0;
    for (const reader of this.#all) {
      for (const speaker of this.#all) {
        for (const room of [LOBBY, reader.room]) missing += speaker.saidIn(room) - reader.heardOf(speaker.number, room);
      }
    }
    return missing;
  }
}

function silence(): Hearing {
  return { said: 0, deliveries: 0, lost: 0, doubled: 0, reordered: 0, dropped: 0, latencies: [], delays: [] };
}

/** A person: with IRC if the number is even, with nc if it is odd. */
class Person {
  readonly number: number;
  /** The person's room besides the lobby. */
  readonly room: number;
  /** When the person is due to speak. */
  next = Number.POSITIVE_INFINITY;
  isGone = false;
  readonly #people: People;
  readonly #socket: Socket;
  readonly #said = new Uint32Array(ROOMS.length);
  readonly #at = new Float64Array(ROOMS.length * KEPT);
  /** The last number received, by speaker and room. */
  readonly #heard = new Map<number, number>();
  #rest = "";
  #waiting: { readonly pattern: RegExp; readonly done: () => void } | undefined;

  private constructor(socket: Socket, number: number, people: People) {
    this.number = number;
    this.room = 1 + (Math.floor(number / 2) % (ROOMS.length - 1));
    this.#people = people;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("utf8");
    socket.on("data", (text) => this.#take(String(text)));
    for (const event of ["end", "close", "error"])
      socket.on(event, () => {
        this.isGone = true;
        this.#waiting?.done();
      });
  }

  static async enter(port: number, from: string, number: number, people: People): Promise<Person> {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from });
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    const person = new Person(socket, number, people);
    const room = ROOMS[person.room];
    if (number % 2 === 0) {
      socket.write("CAP REQ :echo-message message-tags server-time draft/chathistory batch\r\nCAP END\r\n");
      socket.write(`NICK person-${number}\r\nUSER p 0 * :Person\r\nJOIN ${ROOMS[LOBBY]},${room}\r\n`);
      await person.#until(new RegExp(` 366 \\S+ ${room} `));
    } else {
      socket.write(`/nick person-${number}\n/join ${room}\n`);
      await person.#until(new RegExp(`You are in ${room}\\b`));
      // Half of them have the lobby as their current room, in which nc says what is typed.
      if (number % 4 === 1) socket.write(`/join ${ROOMS[LOBBY]}\n`);
    }
    if (person.isGone) throw new Error(`Person ${number} was not let in`);
    person.next = performance.now() + Math.random() * PAUSE[1];
    return person;
  }

  saidIn(room: number): number {
    return this.#said[room] ?? 0;
  }

  heardOf(speaker: number, room: number): number {
    return this.#heard.get(speaker * ROOMS.length + room) ?? 0;
  }

  /** When the person said the line with this number. */
  saidAt(room: number, number: number): number {
    return this.#at[room * KEPT + (number % KEPT)] ?? Number.NaN;
  }

  /** Says the next line; returns the number of lines: one. */
  say(now: number): number {
    this.next = now + PAUSE[0] + Math.random() * (PAUSE[1] - PAUSE[0]);
    const isPlain = this.number % 2 === 1;
    const room = isPlain ? (this.number % 4 === 1 ? LOBBY : this.room) : Math.random() < 0.5 ? LOBBY : this.room;
    const number = this.saidIn(room) + 1;
    const text = `m-${this.number}-${room}-${number} what people say is about as long as this line`;
    this.#said[room] = number;
    this.#at[room * KEPT + (number % KEPT)] = performance.now();
    this.#socket.write(isPlain ? `${text}\n` : `PRIVMSG ${ROOMS[room]} :${text}\r\n`);
    return 1;
  }

  leave(): void {
    this.#socket.destroy();
  }

  #until(pattern: RegExp): Promise<void> {
    return new Promise((done) => {
      this.#waiting = { pattern, done };
    });
  }

  #take(text: string): void {
    const now = performance.now();
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const [, speaker, room, number] = MESSAGE.exec(line) ?? [];
      if (number !== undefined) this.#hear(Number(speaker), Number(room), Number(number), now);
      else if (line.startsWith("PING ")) this.#socket.write(`PONG ${line.slice(5)}\n`);
      else if (this.#waiting?.pattern.test(line)) this.#waiting.done();
    }
  }

  #hear(speaker: number, room: number, number: number, now: number): void {
    const { hearing } = this.#people;
    const key = speaker * ROOMS.length + room;
    const last = this.#heard.get(key) ?? 0;
    if (number === last) hearing.doubled++;
    else if (number < last) hearing.reordered++;
    else {
      hearing.lost += number - last - 1;
      hearing.deliveries++;
      hearing.latencies.push(now - (this.#people.person(speaker)?.saidAt(room, number) ?? Number.NaN));
      this.#heard.set(key, number);
    }
  }
}
