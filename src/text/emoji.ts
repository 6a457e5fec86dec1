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

const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

/** The emoji of a word: of `:heart:`, `heart` and `❤️` the same; `undefined` if the word is neither an emoji nor the name of one. */
export function emojiIn(word: string): string | undefined {
  const name = word.replace(/^:(.+):$/, "$1").toLowerCase();
  if (Object.hasOwn(NAMES, name)) return NAMES[name];
  return EMOJI.test(word) ? word : undefined;
}
