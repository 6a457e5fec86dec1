/** The full screen as text, without a terminal, a connection or a clock. */

import { perform } from "../../../src/client/commands/perform.ts";
import { actionOf } from "../../../src/client/input/keymap.ts";
import { KeyReader } from "../../../src/client/input/keys.ts";
import { EMPTY_INPUT, handleKey, namesFor, type Typing } from "../../../src/client/input/typing.ts";
import type { Model, Step } from "../../../src/client/model/state.ts";
import { typistsIn } from "../../../src/client/model/typists.ts";
import { update } from "../../../src/client/model/update.ts";
import { widthOf } from "../../../src/client/ui/cells.ts";
import { scrolled } from "../../../src/client/ui/layout.ts";
import type { Overlay } from "../../../src/client/ui/overlay.ts";
import { frame, layoutOptionsOf, planOf, type Scene, type Size, scrollOf } from "../../../src/client/ui/screen.ts";
import {
  followModel,
  newView,
  scrolledTo,
  type View,
  withAnnotation,
  withLine,
  withPage,
  withReadPosition,
} from "../../../src/client/ui/view.ts";
import { encode } from "../../../src/text/bytes.ts";
import { parse } from "../../../src/wire/message.ts";
import { inLobby } from "./play.ts";

/** The full screen of ann, who is in #lobby with bob. */
export class ScreenFixture {
  model: Model;
  view: View = newView(true);
  typing: Typing = EMPTY_INPUT;
  overlay: Overlay | undefined;
  readonly #keys = new KeyReader();
  size: Size = { columns: 80, rows: 24 };

  constructor(caps = "echo-message", support?: string) {
    this.model = inLobby(caps, support).model;
    this.view = followModel(this.view, this.model);
  }

  get scene(): Scene {
    const shown = { name: "chat.test", model: this.model, view: this.view };
    return {
      ...shown,
      servers: [shown],
      typing: this.typing,
      typists: typistsIn(this.model, this.view.here, 0),
      offline: undefined,
      overlay: this.overlay,
      hint: "",
    };
  }

  /** Handles lines from the server. */
  server(...lines: string[]): void {
    for (const line of lines) {
      const message = parse(line);
      if (message !== undefined) this.take(update(this.model, message, 0));
    }
  }

  take(step: Step): void {
    this.model = step.model;
    this.view = followModel(this.view, this.model);
    for (const effect of step.effects) {
      if (effect.type === "show") this.view = withLine(this.view, this.model, effect.line);
      if (effect.type === "annotate") this.view = withAnnotation(this.view, this.model, effect.annotation);
      if (effect.type === "past") this.view = withPage(this.view, effect.page);
      if (effect.type === "read") this.view = withReadPosition(this.view, this.model, effect);
    }
  }

  /** Handles bytes from the keyboard. */
  keys(...typedBytes: string[]): void {
    for (const key of typedBytes.flatMap((text) => [...this.#keys.feed(encode(text))])) {
      const action = key.type === "key" ? actionOf(key.name) : undefined;
      if (action === "page-up" || action === "page-down") this.scroll(action === "page-up" ? 5 : -5);
      else if (action === "unfold") this.view = { ...this.view, unfolded: !this.view.unfolded };
      if (action !== undefined) continue;
      const [typing, wish] = handleKey(this.typing, key, () => namesFor(this.scene.model, this.scene.view));
      this.typing = typing;
      if (wish?.type === "say") this.take(perform(this.model, wish.text, 0));
    }
  }

  scroll(by: number): void {
    const plan = planOf(this.scene, this.size);
    const look = layoutOptionsOf(this.scene, this.size.columns, plan);
    this.view = scrolledTo(this.view, scrolled(scrollOf(this.scene), plan.messages, this.view.anchor, by, look));
  }

  /** The screen as rows of text without trailing spaces; `|` is the cursor. */
  draw(columns: number, rows: number): string[] {
    this.size = { columns, rows };
    return frame(this.scene, this.size).rows.map((row) => {
      let text = "";
      for (const span of row) {
        text += " ".repeat(Math.max(0, (span.column ?? 0) - widthOf(text)));
        text += (span.cursor ? "|" : "") + span.text;
      }
      return text.trimEnd();
    });
  }
}
