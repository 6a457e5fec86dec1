import type { Model, ServedCommand, Step } from "./state.ts";

/** A command that the client runs itself, all of it in one row. */
export interface ClientCommand extends ServedCommand {
  /** Words that it needs. */
  readonly least: number;
  /** Whether it only works while we are connected. */
  readonly online: boolean;
  /** `words` have no blanks around them; in `secret`, all that came behind the name and one blank, a password's are kept. */
  run(model: Model, words: string, now: number, secret: string): Step;
}

/** Its name, aliases, parameters, help, the fewest words that it needs, and what it does. */
type Row = [
  name: string,
  aliases: readonly string[],
  usage: string,
  help: string,
  least: number,
  run: ClientCommand["run"],
];

/** A command that works while we are connected. */
export function online(...[name, aliases, usage, help, least, run]: Row): ClientCommand {
  return { name, aliases, usage, help, least, online: true, run };
}

/** A command that works without a connection too. */
export function anytime(...row: Row): ClientCommand {
  return { ...online(...row), online: false };
}
