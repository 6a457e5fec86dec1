/** The names of members and rooms: compared without regard to case, found in a text, numbered where one is taken. */

const A = 0x41;
const Z = 0x5a;

declare const folded: unique symbol;

/**
 * A name in the form in which names are compared: two names are the same if they fold to the same string. Only `fold`
 * makes one.
 */
export type Folded = string & { readonly [folded]: true };

/**
 * Folds a nick or a room's name by IRC's CASEMAPPING `ascii`: A–Z become a–z, and nothing else changes. `[` and `{`
 * stay two different letters, unlike in rfc1459.
 */
export function fold(name: string): Folded {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code >= A && code <= Z) return name.replace(/[A-Z]+/g, lower) as Folded;
  }
  return name as Folded;
}

function lower(capitals: string): string {
  return capitals.toLowerCase();
}

/** Whether a text contains a nick as a whole word. */
export function mentions(text: string, nick: string): boolean {
  const words = text.toLowerCase();
  const wanted = nick.toLowerCase();
  if (wanted === "") return false;
  for (let at = words.indexOf(wanted); at >= 0; at = words.indexOf(wanted, at + 1))
    if (!/[\w-]/.test(words.charAt(at - 1)) && !/[\w-]/.test(words.charAt(at + wanted.length))) return true;
  return false;
}

/** An alternative for a taken nick: `ann` → `ann-2`, at most `longest` characters long (0: no limit). */
export function numbered(nick: string, number: number, longest: number): string {
  const tail = `-${number}`;
  return (longest > 0 ? nick.slice(0, Math.max(1, longest - tail.length)) : nick) + tail;
}
