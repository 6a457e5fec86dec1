import type { PageLink } from "../../client/model/links.ts";
import type { Model } from "../../client/model/state.ts";
import type { Conversation } from "../../client/run/conversation.ts";
import type { View } from "../../client/ui/view.ts";
import type { Folded } from "../../text/fold.ts";

/** The parts of the page share this: the conversation, and the view of it. */
export interface Desk {
  /** `undefined` after the end. */
  readonly conversation: Conversation | undefined;
  readonly model: Model | undefined;
  readonly view: View;
  /** Takes over another view; it is drawn soon. */
  setView(view: View): void;
  /** Shows a sentence where the user is. */
  tell(kind: "event" | "trouble", words: string): void;
  /** Copies a text, and says that in a word; if the browser does not allow it, says `refused`. */
  copy(text: string, refused: string): Promise<void>;
  /** Goes to a room or a conversation. */
  go(key: Folded | undefined, name?: string): void;
  /** Goes where a link to this page leads. */
  open(link: PageLink): Promise<void>;
  /** Puts the cursor into the input. */
  focusInput(): void;
}

const NAMED: Readonly<Record<string, string>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  PageUp: "page-up",
  PageDown: "page-down",
  Home: "home",
  End: "end",
  Enter: "enter",
  Escape: "escape",
  Tab: "tab",
  Backspace: "backspace",
};

/** The key of an event, as the terminal's keys are named: `ctrl-k`, `alt-up`, `shift-tab`; "" for plain characters. */
export function keyNameOf({ key, code, ctrlKey, altKey, shiftKey, metaKey }: KeyboardEvent): string {
  // With Alt, some systems put another character on the key.
  const letter = /^(?:Key|Digit)(.)$/.exec(code)?.[1]?.toLowerCase() ?? (code === "Slash" ? "/" : key.toLowerCase());
  const named = NAMED[key];
  if (metaKey) return key.toLowerCase() === "k" ? "ctrl-k" : "";
  if (ctrlKey && altKey) return "";
  if (altKey) return `alt-${named ?? letter}`;
  if (ctrlKey) return `ctrl-${named ?? letter}`;
  if (named === undefined) return "";
  return shiftKey && named === "tab" ? "shift-tab" : named;
}
