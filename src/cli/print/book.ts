/** The documentation of the program as data: the tables of its commands, flags and configuration keys. */
export interface Book {
  readonly version: string;
  /** The path of the program. */
  readonly program: string;
  readonly commands: readonly BookCommand[];
  readonly flags: readonly BookFlag[];
  readonly keys: readonly BookKey[];
  readonly operatorKeys: readonly string[];
  readonly gatewayKeys: readonly string[];
  /** The keys of the client's keyboard. */
  readonly keyboard: readonly { readonly label: string; readonly help: string }[];
}

export interface BookCommand {
  readonly name: string;
  /** `ROOM|@NICK [TEXT...]`, `add|remove [NAME]`. */
  readonly arguments: string;
  readonly help: string;
}

export interface BookFlag {
  readonly name: string;
  readonly commands: readonly string[];
  /** `FILE` and `DIR` are completed as paths. */
  readonly value?: string;
  readonly values?: readonly string[];
  readonly multiple?: boolean;
  readonly default?: string;
  readonly help: string;
}

export interface BookKey {
  readonly table: string;
  readonly key: string;
  readonly default: unknown;
  readonly values?: readonly string[];
  readonly help: string;
}

/** The flags of a command. */
export function flagsOf({ flags }: Book, command: string): readonly BookFlag[] {
  return flags.filter(({ commands }) => commands.includes(command));
}

/** The words that a command's first argument can be; empty if it can be anything. */
export function wordsOf({ arguments: taken }: BookCommand): readonly string[] {
  return /^\[?([a-z][a-z-]*(?:\|[a-z-]+)*)(?= |$)/.exec(taken)?.[1]?.split("|") ?? [];
}

/** Whether a command's first argument is a file. */
export function takesFile({ arguments: taken }: BookCommand): boolean {
  return taken.startsWith("FILE");
}
