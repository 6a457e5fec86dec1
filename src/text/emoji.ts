/** The short names of emoji that people type, without colons, as GitHub and most chat programs name them. */
const NAMES: Readonly<Record<string, string>> = {
  "+1": "👍",
  thumbsup: "👍",
  "-1": "👎",
  thumbsdown: "👎",
  ok: "👌",
  ok_hand: "👌",
  heart: "❤️",
  smile: "😄",
  grin: "😁",
  joy: "😂",
  laughing: "😆",
  wink: "😉",
  sweat_smile: "😅",
  cry: "😢",
  sob: "😭",
  thinking: "🤔",
  shrug: "🤷",
  open_mouth: "😮",
  confused: "😕",
  angry: "😠",
  tada: "🎉",
  party: "🎉",
  fire: "🔥",
  rocket: "🚀",
  eyes: "👀",
  clap: "👏",
  wave: "👋",
  pray: "🙏",
  thanks: "🙏",
  muscle: "💪",
  raised_hands: "🙌",
  "100": "💯",
  star: "⭐",
  bulb: "💡",
  bug: "🐛",
  check: "✅",
  white_check_mark: "✅",
  yes: "✅",
  x: "❌",
  no: "❌",
  question: "❓",
  warning: "⚠️",
  coffee: "☕",
  beer: "🍺",
};

/**
 * A text with its emoji fully qualified (Unicode, UTS #51, ED-18): U+FE0F stands behind each that is a picture only with it.
 * Keyboards leave it out, so that `❤` and `❤️` are two texts for one picture.
 */
export function emojiForm(text: string): string {
  return text
    .replaceAll(AS_PICTURE, "")
    .replaceAll(
      /(?!\p{Emoji_Presentation})\p{Extended_Pictographic}(?![\ufe0e\p{Emoji_Modifier}])/gu,
      `$&${AS_PICTURE}`,
    )
    .replaceAll(/[\d#*](?=\u20e3)/g, `$&${AS_PICTURE}`);
}

const AS_PICTURE = "\ufe0f"; // variation selector 16

const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

/** The emoji of a word: of `:heart:`, `heart` and `❤️` the same; `undefined` if the word is neither an emoji nor the name of one. */
export function emojiIn(word: string): string | undefined {
  const name = word.replace(/^:(.+):$/, "$1").toLowerCase();
  if (Object.hasOwn(NAMES, name)) return NAMES[name];
  return EMOJI.test(word) ? emojiForm(word) : undefined;
}
