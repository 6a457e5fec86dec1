import type { Folded } from "../../text/fold.ts";
import type { Clock } from "../run/clock.ts";
import { type Editor, EMPTY } from "./editor.ts";

const SOON = 500; // ms until a draft is on disk

/** Drafts by room, stored so that a crash costs at most half a second of typing. */
export class Drafts {
  readonly #texts: Map<string, string>;
  readonly #save: (texts: ReadonlyMap<string, string>) => void;
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;

  constructor(texts: ReadonlyMap<string, string>, clock: Clock, save: (texts: ReadonlyMap<string, string>) => void) {
    this.#texts = new Map(texts);
    this.#clock = clock;
    this.#save = save;
  }

  /** The draft of a room, with the history of `editor`. */
  of(room: Folded, editor: Editor): Editor {
    const text = this.#texts.get(room) ?? "";
    const { history, cut } = editor;
    return { ...EMPTY, text, cursor: text.length, history, place: history.length, cut };
  }

  /** Remembers what is being typed in a room. */
  keep(room: Folded, text: string): void {
    if ((this.#texts.get(room) ?? "") === text) return;
    if (text === "") this.#texts.delete(room);
    else this.#texts.set(room, text);
    this.#cancel ??= this.#clock.after(SOON, () => this.flush());
  }

  /** What is typed in a room goes along to its new name. */
  move(from: Folded, to: Folded): void {
    const text = this.#texts.get(from) ?? "";
    this.keep(from, "");
    this.keep(to, text);
  }

  /** Saves now. */
  flush(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    this.#save(this.#texts);
  }
}
