/**
 * ASCII characters of nicks, each with the characters it is mistaken for. `i` and `l` are alike because names ignore
 * case; the bracket pairs are one letter to clients that fold by RFC 1459 (2.2).
 */
const ASCII_LOOKALIKES: Readonly<Record<string, string>> = {
  i: "l",
  "1": "l",
  "|": "l",
  "\\": "l",
  "0": "o",
  m: "rn",
  w: "vv",
  "{": "[",
  "}": "]",
};

/**
 * Lower-case characters of other scripts, grouped by the ASCII characters they are mistaken for (Unicode TR39,
 * `confusables.txt`, as far as it leads to ASCII; and small capitals, because names ignore case).
 */
const FOREIGN_LOOKALIKES: Readonly<Record<string, string>> = {
  "-": "˗‐‒–—⁃−➖ⲻ",
  ".": "·۰•ꓸ꘎\u{1d16d}",
  "2": "ƨϩᒿꙅꛯꝛ",
  "3": "ȝɜʒзӡⳍꝫ\u{118ca}\u{16f3b}\u{1d206}",
  "4": "ꮞ\u{118cf}",
  "5": "ƽ\u{118db}",
  "6": "бⳓꮾ",
  "7": "\u{104fa}\u{1d212}",
  "8": "ȣ৪੪\u0b03\u{1031a}",
  "9": "৭੧୨൭ⳋꝯ\u{118cc}\u{118d6}",
  a: "ɑαаᗅ⍺ꓮꭺ\u{102a0}\u{16f40}ᴀ",
  b: "ƅβвьᏼᑲᖯᗷꓐꞵꮟ\u{10282}\u{102a1}\u{10301}ʙ",
  c: "ςсᴄⲥꓚꮯ\u{102a2}\u{10302}\u{1043d}\u{1051c}\u{118e9}\u{118f2}\u{1f74c}",
  d: "ԁᑯᗞᗪꓒꓓꭰꮷᴅ",
  e: "εеѐҽ℮⋿ⴹꓰꬲꭼ\u{10286}\u{118c6}\u{118ce}ᴇ",
  f: "ϝքᖴẝꓝꞙꬵ\u{10287}\u{102a5}\u{10525}\u{118c2}\u{1d213}ꜰ",
  g: "ƍɡԍցᏻᶃꓖꮐɢ",
  h: "нһհᕼⲏꓧꮋꮒ\u{102cf}ʜ",
  j: "ʝϳјᒍꓙꭻᴊ",
  k: "κкᛕⲕꓗꮶ\u{10518}ᴋ",
  l: "ıǀɩɪιіӏ\u05d5\u05df\u0627\u0661۱\u07caᒪᛁ∣⍳⏽│ⲓⳑⵏꓡꓲꙇꭵꮮ\u{1028a}\u{10309}\u{10320}\u{10443}\u{10526}\u{118c3}\u{118d2}\u{16f16}\u{16f28}\u{1d22a}ʟ",
  n: "ηпոռⲛꓠ\u{10513}ɴ",
  o: "οσоօ\u05e1\u0647\u0665\u06be\u06c1\u06d5۵\u07c0०০੦૦ଠ୦௦\u0c02౦\u0c82೦\u0d02ഠ൦\u0d82๐໐ဝ၀ჿዐᴏᴑⲟⵔ〇ꓳꬽ\u{10292}\u{102ab}\u{1042c}\u{104ea}\u{10516}\u{114d0}\u{118c8}\u{118d5}\u{118d7}\u{118e0}",
  p: "ρрᑭ⍴ⲣꓑꮲ\u{10295}ᴘ",
  q: "ԛգզⵕꞯ",
  r: "ʀгᖇᴦⲅꓣꭇꭈꭱꮁꮢ\u{104dc}\u{16f35}\u{1d216}",
  rn: "ϻмᗰᛖⲙꓟꮇ\u{102b0}\u{10311}ᴍ",
  s: "ѕտꓢꜱꮥꮪ\u{10296}\u{10448}\u{118c1}\u{16f3a}",
  t: "τт⊤⟙ⲧꓔꭲ\u{10297}\u{102b1}\u{10315}\u{118dc}\u{16f0a}\u{1f768}ᴛ",
  u: "ʋμυսሀᑌᴜ∪⋃ꓴꞟꭎꭒ\u{104f6}\u{118d8}\u{16f42}",
  v: "νѵ۷ᐯᴠ∨⋁ⴸꓦꛟꮩ\u{1051d}\u{11706}\u{118c0}\u{16f08}\u{1d20d}",
  vv: "ɯωѡԝաᴡꓪꮃꮤ\u{1170a}\u{1170e}\u{1170f}\u{118e6}\u{118ef}",
  x: "×χхᕁᕽ᙭᙮ᚷ╳⤫⤬⨯ⲭⵝꓫꭓ\u{10290}\u{102b4}\u{10317}\u{10322}\u{10527}\u{118ec}",
  y: "ɣʏγуүყᶌỿⲩꓬꭚꭹꮍ\u{102b2}\u{118c4}\u{16f43}",
  z: "ζᴢꓜꮓ\u{102f5}\u{118c9}\u{118e5}",
};

const LOOKALIKES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(ASCII_LOOKALIKES),
  ...Object.entries(FOREIGN_LOOKALIKES).flatMap(([like, characters]) =>
    Array.from(characters, (character): [string, string] => [character, like]),
  ),
]);

/** The ASCII part as single replacements, so that a database can compute the skeleton of an ASCII name in SQL. */
export const ASCII_REPLACEMENTS: readonly (readonly [character: string, like: string])[] = Object.entries(
  ASCII_LOOKALIKES,
).filter(([character]) => character < "\x80");

/**
 * Maps a name to its skeleton: two names with one skeleton look alike. A skeleton is for comparison only, never shown.
 */
export function skeleton(name: string): string {
  const small = /^[\0-\x7f]*$/.test(name) ? name.toLowerCase() : name.normalize("NFKC").toLowerCase();
  let look = "";
  for (const character of small) look += LOOKALIKES.get(character) ?? character;
  return look;
}
