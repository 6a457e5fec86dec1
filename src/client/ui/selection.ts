import { emojiIn } from "../../text/emoji.ts";
import type { Key } from "../input/keys.ts";
import type { LoggedMessage } from "./log.ts";
import { type Quote, quoteOf } from "./reactions.ts";

/** The selection of a message on the screen, and the keys that act on it. Pure. */

/** The selected message, and the question that is open about it. */
export interface Selection {
  /** The number of its entry in the log. */
  readonly entry: number;
  /** The text of a reaction that is being typed; `undefined` while none is chosen. */
  readonly reaction: string | undefined;
  /** Whether the user is being asked to confirm deleting another person's message. */
  readonly asks: boolean;
}

/** The message that the next line replies to. */
export interface ReplyTarget extends Quote {
  readonly msgid: string;
}

/** The action of a key on the selected message. */
export type SelectionRequest =
  | { readonly type: "move"; readonly by: 1 | -1 }
  | { readonly type: "leave" }
  | { readonly type: "copy" }
  | { readonly type: "link" }
  | { readonly type: "reply" }
  | { readonly type: "take-back" }
  | { readonly type: "react"; readonly text: string };

/** The reactions that a digit chooses. */
export const EMOJI = ["👍", "❤️", "😂", "🎉", "😮", "😢", "👀", "✅"] as const;

/** The refusal of an action that needs a msgid, on a server without msgids. */
export const NO_IDS = "This server gives its messages no ids, so that cannot be done with them.";

const MOST = 40; // characters of a typed reaction

/** The selection of an entry. */
export function select(entry: number): Selection {
  return { entry, reaction: undefined, asks: false };
}

/**
 * Handles a key while a message is selected. Returns `undefined` for keys that are not the selection's; they end it.
 * `mayTakeBack`: whether the user may delete the message.
 */
export function handleSelectionKey(
  selection: Selection,
  key: Key,
  message: LoggedMessage,
  mayTakeBack: boolean,
): { readonly selection: Selection; readonly request?: SelectionRequest } | undefined {
  const name = key.type === "key" ? key.name : "";
  const typed = key.type === "text" ? key.text : "";
  const plain = select(selection.entry);
  if (selection.asks) return answered(plain, name, typed);
  if (selection.reaction !== undefined) return handleReactionKey(selection, selection.reaction, name, typed);
  switch (name || typed) {
    case "alt-up":
    case "up":
      return { selection, request: { type: "move", by: -1 } };
    case "alt-down":
    case "down":
      return { selection, request: { type: "move", by: 1 } };
    case "escape":
    case "ctrl-c":
    case "q":
      return { selection, request: { type: "leave" } };
    case "c":
      return { selection, request: { type: "copy" } };
    case "l":
      return { selection, request: { type: "link" } };
    case "r":
    case "enter":
      return { selection, request: { type: "reply" } };
    case "e":
    case "+":
      return { selection: { ...selection, reaction: "" } };
    case "d":
      if (!mayTakeBack) return { selection };
      return message.own ? { selection, request: { type: "take-back" } } : { selection: { ...selection, asks: true } };
    default:
      return typed === "" ? undefined : { selection };
  }
}

/** Handles the answer to the question: `y` for yes; `n`, Enter or Esc for no. Other keys end the selection (`undefined`). */
function answered(
  selection: Selection,
  name: string,
  typed: string,
): { readonly selection: Selection; readonly request: SelectionRequest } | undefined {
  if (typed === "y") return { selection, request: { type: "take-back" } };
  const isNo = typed === "n" || name === "escape" || name === "ctrl-c" || name === "enter";
  return isNo ? { selection, request: { type: "leave" } } : undefined;
}

/** The reaction that typed words are: the emoji of a name such as `tada`, as for `/react`, else the words themselves. */
export function typedReaction(words: string): string {
  return emojiIn(words.trim()) ?? words;
}

function handleReactionKey(
  selection: Selection,
  reaction: string,
  name: string,
  typed: string,
): { readonly selection: Selection; readonly request?: SelectionRequest } {
  const plain = select(selection.entry);
  const chosen = reaction === "" && /^\d$/.test(typed) ? EMOJI[Number(typed) - 1] : undefined;
  if (chosen !== undefined) return { selection: plain, request: { type: "react", text: chosen } };
  if (name === "enter")
    return {
      selection: plain,
      ...(reaction === "" ? {} : { request: { type: "react", text: typedReaction(reaction) } }),
    };
  if (name === "escape" || name === "ctrl-c") return { selection: plain };
  if (name === "backspace") return { selection: { ...selection, reaction: reaction.replace(/.$/su, "") } };
  return { selection: { ...selection, reaction: (reaction + typed).slice(0, MOST).toWellFormed() } };
}

/** The keys of a selection, for the status row. */
export function selectionWords({ reaction, asks }: Selection, message: LoggedMessage, mayTakeBack: boolean): string {
  if (asks) return `Take back the message of ${message.nick} for everyone? y does it, n does not.`;
  const takeBack = !mayTakeBack ? "" : message.own ? " · d take back" : " · d remove";
  if (reaction === undefined) return `r reply · e react · c copy · l link${takeBack} · Esc`;
  if (reaction !== "") return `React with ${typedReaction(reaction)} · Enter · Esc`;
  return `${EMOJI.map((emoji, i) => `${i + 1} ${emoji}`).join("  ")}  or type one, Enter · Esc`;
}

/** The message as the target of a reply. */
export function replyTargetOf(message: LoggedMessage, msgid: string): ReplyTarget {
  return { ...quoteOf(message), msgid };
}
