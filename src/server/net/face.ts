/** How a peer speaks, as its first line shows; `foreign` is what is spoken elsewhere. */
export type Face = "irc" | "http" | "foreign" | "person";

/** Commands that an IRC client opens with, and how many parameters each has then. */
const OPENINGS: Readonly<Record<string, RegExp>> = {
  CAP: /^(?:\S+|(?:LS|REQ) .+)$/i,
  NICK: /^:?\S*$/,
  USER: /^(?:\S+ \S+ \S+ (?::|:?.*\S.*))?$/,
  PASS: /^(?:\S*|:.*)$/,
  PING: /^(?:\S+|:.*)$/,
  PONG: /^(?:\S+|:.*)$/,
  QUIT: /^(?::.*)?$/,
  AUTHENTICATE: /^\S+$/,
  REGISTER: /^\S+ \S+ (?:\S+|:.*)$/,
};

const TAGS = /^@\S+ +/;
const SOURCE = /^:\S+ +/;
const COMMAND = /^([A-Z]+)(?: +(.*))?$/s;
/** HTTP, the preface of HTTP/2 included (RFC 9113 3.4), and its kin: RTSP, SIP. */
const HTTP = /^[A-Z]+ \S+ (?:HTTP|RTSP|SIP)\/\d(?:\.\d)?$/;

/**
 * Chooses the face by the shape of the first line, not by its first word: `PASS secret` opens IRC, and `pass me the
 * salt` or `PASS me the salt` is a person.
 */
export function faceOf(line: string): Exclude<Face, "foreign"> {
  if (isHttp(line)) return "http";
  const rest = line.replace(TAGS, "").replace(SOURCE, "");
  const [, command, params = ""] = COMMAND.exec(rest.trimEnd()) ?? [];
  return command !== undefined && Object.hasOwn(OPENINGS, command) && OPENINGS[command]?.test(params)
    ? "irc"
    : "person";
}

/** Whether a line is the first one of an HTTP request. */
export function isHttp(line: string): boolean {
  return HTTP.test(line);
}
