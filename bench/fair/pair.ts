import { Line } from "../test-server.ts";

const ROOM = "#own";
const MESSAGE = / PRIVMSG #own :m-(\d+)/;

/** Two people in a room of their own who speak in turn, and measure when the other hears it. */
export class Pair {
  readonly #lines: readonly Line[];
  readonly #sent: number[] = [];
  readonly #heard: (number | undefined)[] = [];
  /** The lateness of each line's own timer, in ms: the delay that the test's own machine adds. */
  delays: number[] = [];
  #since = 0;
  #talking: ReturnType<typeof setInterval> | undefined;

  private constructor(lines: readonly Line[]) {
    this.#lines = lines;
    for (const line of lines)
      line.heard = (text) => {
        const number = MESSAGE.exec(text)?.[1];
        if (number !== undefined) this.#heard[Number(number)] ??= performance.now();
        else if (text.startsWith("PING ")) line.send(`PONG ${text.slice(5)}\r\n`);
      };
  }

  static async meet(port: number): Promise<Pair> {
    const lines = [await Line.open(port), await Line.open(port)];
    for (const [number, line] of lines.entries())
      await line.ask(`NICK pair${number}\r\nUSER p 0 * :Pair\r\nJOIN ${ROOM}\r\n`, / 366 /);
    return new Pair(lines);
  }

  /** Whether both are still connected. */
  get isWhole(): boolean {
    return this.#lines.every(({ isOpen }) => isOpen);
  }

  /** Lines that were not heard. */
  get missing(): number {
    return this.#sent.filter((_, number) => this.#heard[number] === undefined).length;
  }

  /** One of them speaks every `interval` ms, in turn. */
  talk(interval: number): void {
    let last = performance.now();
    this.#talking = setInterval(() => {
      const now = performance.now();
      this.delays.push(Math.max(0, now - last - interval));
      last = now;
      const number = this.#sent.length;
      this.#sent.push(now);
      this.#lines[number % 2]?.send(`PRIVMSG ${ROOM} :m-${number}\r\n`);
    }, interval);
  }

  /** The delay of each line since the last call, in ms; up to now for a line that was not heard. */
  takeLatencies(): readonly number[] {
    const now = performance.now();
    const from = this.#since;
    this.#since = this.#sent.length;
    return this.#sent.slice(from).map((sent, index) => (this.#heard[from + index] ?? now) - sent);
  }

  leave(): void {
    clearInterval(this.#talking);
    for (const line of this.#lines) line.close();
  }
}
