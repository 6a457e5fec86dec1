/**
 * What looks alike: characters, and what each is taken for (Unicode TR39, `confusables.txt`).
 *
 * Of ASCII all that a nick can have; besides, `i` and `l` in small letters, since names are the same in small and in
 * capital ones, and the pairs that are one letter to clients that fold as RFC 1459 (2.2) has it.
 */
const ALIKE: Readonly<Record<string, string>> = {
  ...{ i: "l", "1": "l", "|": "l", "\\": "l", "0": "o", m: "rn", w: "vv", "{": "[", "}": "]" },
  // Cyrillic.
  ...{ а: "a", в: "b", е: "e", һ: "h", і: "l", ј: "j", к: "k", м: "rn", н: "h", о: "o", р: "p", с: "c", т: "t" },
  ...{ у: "y", х: "x", ѕ: "s", ԁ: "d", ԛ: "q", ԝ: "vv", ѡ: "vv", ӏ: "l", ү: "y", г: "r", п: "n", ѵ: "v", ѐ: "e" },
  // Greek.
  ...{ α: "a", β: "b", γ: "y", ε: "e", ζ: "z", η: "n", ι: "l", κ: "k", μ: "u", ν: "v", ο: "o", ρ: "p", σ: "o" },
  ...{ τ: "t", υ: "u", χ: "x", ω: "vv", ϲ: "c", ϳ: "j" },
  // Letters of Latin, Armenian and Hebrew that have the form of another.
  ...{ ı: "l", ɩ: "l", ɑ: "a", ɡ: "g", ʏ: "y", ᴏ: "o", օ: "o", ո: "n", ս: "u", հ: "h", ց: "g", զ: "q", ו: "l", ס: "o" },
  // Dashes and dots.
  ...{ "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "․": ".", "·": ".", "•": "." },
};

/** The same for ASCII alone, an entry each: those who keep names may want to find them by how they look. */
export const ALIKE_IN_ASCII: readonly (readonly [character: string, like: string])[] = Object.entries(ALIKE).filter(
  ([character]) => character < "\x80",
);

/**
 * What a name looks like: two names of one skeleton are taken for each other. It is no name, and is shown to nobody.
 */
export function skeleton(name: string): string {
  const small = /^[\0-\x7f]*$/.test(name) ? name.toLowerCase() : name.normalize("NFKC").toLowerCase();
  let look = "";
  for (const character of small) look += ALIKE[character] ?? character;
  return look;
}
