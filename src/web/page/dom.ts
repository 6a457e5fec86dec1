/**
 * Elements, made of tags, attributes and text alone: nothing that the network sends is ever read as HTML. Also the
 * clipboard, and the names of keys.
 */

type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** An element. A flag is an attribute that is there or not. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (typeof value === "string") made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** A button that does something. */
export function button(words: string, attributes: Attributes, act: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, words);
  made.addEventListener("click", act);
  return made;
}

/** Tells that the browser does not allow `copyText`. */
export const NOT_COPIED = "Your browser does not let this page copy: select the text, and copy it yourself.";

/** Puts text on the clipboard, if the browser allows it. Over plain http, browsers only copy what is selected. */
export async function copyText(text: string): Promise<boolean> {
  if (isSecureContext)
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  const area = element("textarea", { class: "unseen" });
  area.value = text;
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
}

/** A child of a list. Its element is made again only when `shows` is another object. */
export interface Item {
  readonly key: string;
  readonly shows: unknown;
  readonly make: () => HTMLElement;
}

/** Keeps an element's children equal to a list of items, and leaves those alone that have not changed. */
export class Children {
  readonly #parent: HTMLElement;
  #known = new Map<string, { readonly shows: unknown; readonly node: HTMLElement }>();

  constructor(parent: HTMLElement) {
    this.#parent = parent;
  }

  show(items: readonly Item[]): void {
    const next = new Map<string, { readonly shows: unknown; readonly node: HTMLElement }>();
    let before: ChildNode | null = this.#parent.firstChild;
    for (const { key, shows, make } of items) {
      const known = this.#known.get(key);
      const entry = known && known.shows === shows ? known : { shows, node: make() };
      next.set(key, entry);
      if (entry.node === before) before = before.nextSibling;
      else this.#parent.insertBefore(entry.node, before);
    }
    const kept = new Set<ChildNode>([...next.values()].map(({ node }) => node));
    for (const { node } of this.#known.values()) if (!kept.has(node)) node.remove();
    this.#known = next;
  }
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
