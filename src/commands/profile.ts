import type { Member } from "../chat/model/member.ts";
import { type Command, type CommandContext, firstWord, type Invocation } from "./context.ts";

/** Short names of metadata keys. */
const KEYS: Readonly<Record<string, string>> = { name: "display-name", colour: "color", homepage: "url" };

/** The command for a member's own metadata, which /whois and other clients show. */
export const PROFILE: readonly Command[] = [
  {
    name: "profile",
    aliases: [],
    usage: "[KEY [TEXT]]",
    minWords: 0,
    help: "shows what others see of you, or sets a part of it: name, color, url, pronouns, status, …; /profile KEY - removes it",
    needsRoom: false,
    run: profile,
  },
];

function profile({ context, member, words }: Invocation): void {
  const [given, text] = firstWord(words);
  if (given === "") return context.draw(ownLines(member));
  const key = KEYS[given.toLowerCase()] ?? given.toLowerCase();
  if (text === "") return context.say(partWords(member, key));
  const value = text === "-" ? undefined : text;
  if (key === "color" && value !== undefined && !/^#[0-9a-f]{6}$/i.test(value))
    return context.deny(
      "bad-value",
      `"${value}" is no colour: that is # and six hex digits, such as #ff8800 for orange.`,
    );
  context.act({ type: "set-metadata", target: undefined, key, value }, (outcome) => {
    if (outcome === "refused") return;
    context.say(value === undefined ? `Your profile has no ${key} now.` : `Your ${key} is now: ${value}`);
  });
}

function* ownLines({ metadata }: Member): Generator<string> {
  if (metadata.size === 0) yield "Your profile is empty; /profile name TEXT gives you a display name.";
  for (const [key, value] of metadata) yield `Your ${key}: ${value}`;
}

function partWords({ metadata }: Member, key: string): string {
  const value = metadata.get(key);
  return value === undefined ? `Your profile has no ${key}; /profile ${key} TEXT sets it.` : `Your ${key}: ${value}`;
}

/** Tells another member's metadata, for /whois. */
export function tellProfile(context: CommandContext, { nick, metadata }: Member): void {
  for (const [key, value] of metadata) context.say(`${nick} gives as ${key}: ${value}`);
}
