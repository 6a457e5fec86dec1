/** Tags by key; a tag without a value has the value "". Client-only tags keep their `+`. */
export type Tags = ReadonlyMap<string, string>;

/** One line of IRC: `@tags :source COMMAND params`. */
export interface Message {
  readonly tags: Tags;
  /** The sender, without the colon; `undefined` if the line has none. */
  readonly source: string | undefined;
  /** As sent: clients may use lower case. */
  readonly command: string;
  readonly params: readonly string[];
}

/** The tags of a message without any. */
export const NO_TAGS: Tags = new Map();

/**
 * Parses a line without its CR LF; `undefined` if it has no command. Parts may be separated by several blanks
 * (RFC 1459). Of a tag given twice the last counts (IRCv3 message-tags).
 */
export function parse(line: string): Message | undefined {
  let at = 0;
  let tags = NO_TAGS;
  let source: string | undefined;
  if (line.charCodeAt(0) === 0x40) {
    const end = wordEnd(line, 0);
    tags = parseTags(line.slice(1, end));
    at = skipBlanks(line, end);
  } else {
    at = skipBlanks(line, 0);
  }
  if (line.charCodeAt(at) === 0x3a) {
    const end = wordEnd(line, at);
    source = line.slice(at + 1, end);
    at = skipBlanks(line, end);
  }
  const end = wordEnd(line, at);
  if (end === at) return undefined;
  return { tags, source, command: line.slice(at, end), params: parseParams(line, skipBlanks(line, end)) };
}

function parseParams(line: string, from: number): string[] {
  const params: string[] = [];
  let at = from;
  while (at < line.length) {
    if (line.charCodeAt(at) === 0x3a) {
      params.push(line.slice(at + 1));
      break;
    }
    const end = wordEnd(line, at);
    params.push(line.slice(at, end));
    at = skipBlanks(line, end);
  }
  return params;
}

const HEAD = /^(?:@[^ ]* +)? *(?::[^ ]* +)?[^ ]+ */; // tags, source and command

/**
 * The parameters of a line that `parse` accepts: at most `count` single words, then everything that follows as one
 * parameter, blanks included, with or without a colon before it.
 */
export function paramsWithRest(line: string, count: number): string[] {
  const params: string[] = [];
  let at = HEAD.exec(line)?.[0].length ?? line.length;
  while (at < line.length && params.length < count && line.charCodeAt(at) !== 0x3a) {
    const end = wordEnd(line, at);
    params.push(line.slice(at, end));
    at = skipBlanks(line, end);
  }
  const rest = line.slice(at);
  if (rest !== "") params.push(rest.replace(/(^| ):/, "$1"));
  return params;
}

/** The items of a parameter that is a comma-separated list, each once. */
export function listItems(list: string): readonly string[] {
  return [...new Set(list.split(",").filter((item) => item !== ""))];
}

/** Parses `a=1;+b;vendor/c=x\sy`, without the `@`. */
export function parseTags(text: string): Tags {
  const tags = new Map<string, string>();
  for (const item of text.split(";")) {
    if (item === "") continue;
    const equals = item.indexOf("=");
    if (equals < 0) tags.set(item, "");
    else tags.set(item.slice(0, equals), unescapeTag(item.slice(equals + 1)));
  }
  return tags;
}

/**
 * A message as a line without CR LF; the inverse of `parse`. The last parameter gets a colon if it needs one. The
 * caller makes sure that no other parameter is empty, contains a blank, or begins with a colon.
 */
export function format(message: Message): string {
  let line = message.tags.size > 0 ? `@${formatTags(message.tags)} ` : "";
  if (message.source !== undefined) line += `:${message.source} `;
  return line + formatCommand(message.command, message.params);
}

/**
 * The part of a line behind its source: command and parameters. `text` becomes the last parameter and always gets a
 * colon, since old clients and bots look for it.
 */
export function formatCommand(command: string, params: readonly string[], text?: string): string {
  if (text !== undefined) return `${[command, ...params].join(" ")} :${text}`;
  let line = command;
  const last = params.length - 1;
  for (let i = 0; i < last; i++) line += ` ${params[i]}`;
  const trailing = params[last];
  if (trailing === undefined) return line;
  return needsColon(trailing) ? `${line} :${trailing}` : `${line} ${trailing}`;
}

function needsColon(param: string): boolean {
  return param === "" || param.charCodeAt(0) === 0x3a || param.includes(" ");
}

/** Tags as written between `@` and the blank. */
export function formatTags(tags: Tags): string {
  let text = "";
  for (const [key, value] of tags) {
    if (text !== "") text += ";";
    text += value === "" ? key : `${key}=${escapeTag(value)}`;
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = { ";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n" };
const UNESCAPES: Readonly<Record<string, string>> = { ":": ";", s: " ", "\\": "\\", r: "\r", n: "\n" };

/** A tag's value, escaped (IRCv3 message-tags, "Escaping values"). */
export function escapeTag(value: string): string {
  return /[; \\\r\n]/.test(value) ? value.replace(/[; \\\r\n]/g, (c) => ESCAPES[c] ?? c) : value;
}

function unescapeTag(value: string): string {
  return value.includes("\\") ? value.replace(/\\(.?)/gsu, (_, c: string) => UNESCAPES[c] ?? c) : value;
}

/** The parts of a source, `nick!user@host`; a missing part is "". */
export interface Source {
  readonly nick: string;
  readonly user: string;
  readonly host: string;
}

/** Splits `nick!user@host`. The host follows the last `@`, since a user name may contain one. */
export function parseSource(source: string): Source {
  const at = source.lastIndexOf("@");
  const host = at < 0 ? "" : source.slice(at + 1);
  const rest = at < 0 ? source : source.slice(0, at);
  const bang = rest.indexOf("!");
  if (bang < 0) return { nick: rest, user: "", host };
  return { nick: rest.slice(0, bang), user: rest.slice(bang + 1), host };
}

function wordEnd(line: string, at: number): number {
  const end = line.indexOf(" ", at);
  return end < 0 ? line.length : end;
}

function skipBlanks(line: string, at: number): number {
  let next = at;
  while (line.charCodeAt(next) === 0x20) next++;
  return next;
}
