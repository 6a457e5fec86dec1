import { showLine } from "../../text/filter.ts";
import type { Line } from "../model/line.ts";
import { currentRoom } from "../model/rooms.ts";
import type { Identity } from "../model/state.ts";
import { type Place, placeName } from "../net/address.ts";
import type { Server } from "../net/transport.ts";
import { Conversation } from "../run/conversation.ts";
import { hasColours, type Surroundings } from "../run/process.ts";
import { askSecret } from "./ask-secret.ts";
import { InputLines, TYPED } from "./inputlines.ts";
import { Output } from "./output.ts";
import { showRows } from "./show.ts";
import type { Ending, Keep } from "./ui.ts";

/**
 * The client without a prompt: lines in from stdin, lines out to stdout, nothing ever rewritten. It is for pipes,
 * screen readers and dumb terminals.
 *
 * A pipe is read no faster than the server answers. At its end all that was said is answered before we leave. Where
 * stdout is not a terminal, it gets the chat alone; hints and troubles go to stderr. Logins are kept for the next time;
 * messages and drafts are not.
 */
export async function runAppend(server: Server, identity: Identity, keep: Keep, around: Surroundings): Promise<Ending> {
  const screen = new AppendScreen(server, around);
  keep.onTrouble = (words) => screen.complain(words);
  const human = around.stdin.isTTY === true;
  const conversation: Conversation = new Conversation(
    { server, identity, keep, clock: around.clock, strict: !human },
    {
      connected: () => screen.connected(),
      show: (line) => screen.show(line, currentRoom(conversation.model)?.name),
      ...(human ? { askPassword: (words, command) => void ask(words, command) } : {}),
      changed: () => {
        if (screen.output.full) conversation.pause();
        lines.drain();
      },
    },
  );
  const lines = new InputLines(around.stdin, {
    takes: () => human || conversation.takes,
    line: (line) => conversation.submit(line),
    overlong: () => screen.complain(`A line is longer than ${TYPED} bytes and was left out.`),
    ended: () => conversation.finish(),
  });
  const ask = async (words: string, command: string): Promise<void> => {
    lines.suspend();
    const secret = await askSecret(around, words);
    lines.resume();
    if (secret !== undefined) conversation.submit(command + secret);
  };
  screen.output.onRoom = () => conversation.resume();
  screen.output.onGone = () => conversation.quit("");
  const removers = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((name) =>
    around.onSignal(name, () => conversation.quit("")),
  );
  conversation.start();
  const ending = await conversation.ended;
  lines.close();
  for (const remove of removers) remove();
  await screen.output.flushed();
  return screen.output.judged(lines.lost > 0 && ending.code === 0 ? { ...ending, code: 1 } : ending);
}

class AppendScreen {
  readonly output: Output;
  readonly #place: Place;
  readonly #around: Surroundings;

  constructor(place: Place, around: Surroundings) {
    this.output = new Output(around.stdout);
    this.#place = place;
    this.#around = around;
  }

  connected(): void {
    this.#aside(`Connected to ${placeName(this.#place)}`);
  }

  complain(words: string): void {
    this.#aside(`-- ${showLine(words)}`);
  }

  show(line: Line, current: string | undefined): void {
    for (const row of showRows(line, { colour: hasColours(this.#around), current })) {
      if (line.kind === "hint" || line.kind === "trouble") this.#aside(row);
      else this.output.write(`${row}\n`);
    }
  }

  /** Writes words that are not chat: to the terminal, or to stderr if stdout is none. */
  #aside(text: string): void {
    if (this.#around.stdout.isTTY === true) this.output.write(`${text}\n`);
    else this.#around.stderr.write(`${text}\n`);
  }
}
