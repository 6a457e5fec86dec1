import { version } from "../../../package.json";
import { keyHelp } from "../../client/input/keymap.ts";
import { GATEWAY_KEYS, KEYS, OPERATOR_KEYS } from "../../server/config/schema.ts";
import { nearest } from "../../text/nearest.ts";
import { COMMANDS, FLAGS, type Options, UsageError } from "../options.ts";
import type { Book } from "./book.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "./completions.ts";
import { sampleConfig } from "./config.ts";
import { etcdEnvironment } from "./etcd.ts";
import { manPage } from "./man.ts";
import { unit } from "./unit.ts";

/** The documents that `tcpchat print` makes, by name. */
const FORMATS: Readonly<Record<string, (book: Book, options: Options) => string>> = {
  man: manPage,
  unit: (book) => unit(book),
  config: sampleConfig,
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  etcd: (_, options) => etcdEnvironment(options),
};

/** `tcpchat print`: returns the document asked for; `program` is the path of this program. Throws `UsageError`. */
export function print(options: Options, program: string): string {
  const [what = ""] = options.rest;
  const make = Object.hasOwn(FORMATS, what) ? FORMATS[what] : undefined;
  if (make) return make(bookOf(program), options).trimEnd();
  const names = Object.keys(FORMATS);
  const near = nearest(what, names);
  const asked = what === "" ? "print what?" : `there is no "${what}" to print;`;
  throw new UsageError(`tcpchat print: ${asked} ${near ? `did you mean ${near}?` : `there are ${names.join(", ")}`}`);
}

/** Collects the tables of the program. */
export function bookOf(program: string): Book {
  const commands = Object.entries(COMMANDS).map(([name, row]) => ({ name, ...row }));
  return {
    version,
    program,
    commands,
    flags: FLAGS,
    keys: KEYS,
    operatorKeys: OPERATOR_KEYS,
    keyboard: keyHelp({ canSuspend: true }),
    gatewayKeys: GATEWAY_KEYS,
  };
}
