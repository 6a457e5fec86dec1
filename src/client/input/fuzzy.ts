/** How well a text matches what is searched for: 0 if it does not match, higher is better. */
export type Match = number;

const EXACT = 1000;
const BEGINS = 800;
const WORD_BEGINS = 600;
const CONTAINS = 400;
const IN_ORDER = 200;
const MOST_OFF = 150; // points that a match can lose by where it stands or how long the text is

/**
 * Matches a text against words separated by blanks, all of which must be found. A word is found as the whole text, its
 * beginning, the beginning of a word in it, a part of it, or letters in this order, from the best match to the worst.
 * Case does not count, and neither does the sign before a name (`#`, `/`, `@`) unless it is typed. An empty pattern
 * matches everything equally.
 */
export function fuzzyMatch(pattern: string, text: string): Match {
  const words = wordsOf(pattern);
  return allOf(words, text, matchOfWord) ?? 0;
}

/** Like `fuzzyMatch`, but letters that only stand in this order do not count: for sentences, where they nearly always do. */
export function plainMatch(pattern: string, text: string): Match {
  return allOf(wordsOf(pattern), text, matchOfPart) ?? 0;
}

function wordsOf(pattern: string): readonly string[] {
  return pattern.toLowerCase().split(/\s+/).filter(Boolean);
}

/** The sum of the matches of all words; `undefined` if a word does not match. */
function allOf(
  words: readonly string[],
  text: string,
  match: (word: string, text: string) => Match | undefined,
): Match | undefined {
  const lower = text.toLowerCase();
  const bare = lower.replace(/^[#&/@]+/, "");
  let sum = 1;
  for (const word of words) {
    const found = match(word, /^[#&/@]/.test(word) ? lower : bare);
    if (found === undefined) return undefined;
    sum += found;
  }
  return sum;
}

function matchOfWord(word: string, text: string): Match | undefined {
  return matchOfPart(word, text) ?? matchInOrder(word, text);
}

function matchOfPart(word: string, text: string): Match | undefined {
  const at = text.indexOf(word);
  if (at < 0) return undefined;
  if (at === 0) return text.length === word.length ? EXACT : BEGINS - off(text.length - word.length);
  const begin = wordBeginOf(word, text, at);
  return begin === undefined ? CONTAINS - off(at) : WORD_BEGINS - off(begin);
}

/** Where `word` begins a word of the text, at or after `at`. */
function wordBeginOf(word: string, text: string, at: number): number | undefined {
  for (let i = at; i >= 0; i = text.indexOf(word, i + 1)) {
    if (!/[\p{L}\p{N}]/u.test(text.charAt(i - 1))) return i;
  }
  return undefined;
}

/** The match of letters that stand in this order, by the shortest stretch of the text that holds them all. */
function matchInOrder(word: string, text: string): Match | undefined {
  let shortest: number | undefined;
  for (let from = text.indexOf(word.charAt(0)); from >= 0; from = text.indexOf(word.charAt(0), from + 1)) {
    let at = from;
    for (const letter of word.slice(1)) {
      at = text.indexOf(letter, at + 1);
      if (at < 0) break;
    }
    if (at < 0) break;
    shortest = Math.min(shortest ?? Number.POSITIVE_INFINITY, at - from);
  }
  return shortest === undefined ? undefined : IN_ORDER - off(shortest);
}

function off(by: number): number {
  return Math.min(MOST_OFF, by);
}
