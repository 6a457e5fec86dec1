import { type Choice, newOverlay, type Overlay, overlayHint, pressOverlay } from "../../client/ui/overlay.ts";
import { showLine } from "../../text/filter.ts";
import { keyNameOf } from "./desk.ts";
import { showDialog } from "./dialogs.ts";
import { element } from "./dom.ts";

const MOST = 200; // items that are drawn
const PAGE = 8; // items that PgUp and PgDn go

/** Shows a list with a filter in a dialog. Resolves with what was chosen, or `undefined`. */
export async function pick(list: Overlay): Promise<Choice | undefined> {
  let overlay = list;
  let chosen: Choice | undefined;
  const field = element("input", {
    ...{ type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "picks", "aria-label": list.title },
    ...{ placeholder: list.title, autocomplete: "off", autocapitalize: "off", spellcheck: "false" },
  });
  const items = element("ul", { id: "picks", role: "listbox", "aria-label": list.title });
  const status = element("p", { class: "hint", role: "status" });
  const dialog = element("dialog", { class: "picker", "aria-label": list.title }, field, items, status);

  const take = (answer: ReturnType<typeof pressOverlay>): void => {
    if (answer.type === "open") {
      overlay = answer.overlay;
      return draw();
    }
    if (answer.type === "chosen") chosen = answer.choice;
    dialog.close();
  };
  const draw = (): void => {
    const from = Math.max(0, Math.min(overlay.at - MOST / 2, overlay.found.length - MOST));
    const drawn = overlay.found.slice(from, from + MOST).map(({ label, detail, choice }, i) => {
      const at = from + i;
      const isHere = at === overlay.at;
      const attributes = { role: "option", id: `pick-${at}`, "aria-selected": String(isHere) };
      const item = element("li", attributes, element("b", {}, showLine(label)), element("span", {}, showLine(detail)));
      item.addEventListener("click", () =>
        take(choice.type === "close" ? { type: "closed" } : { type: "chosen", choice }),
      );
      return item;
    });
    items.replaceChildren(...drawn);
    field.setAttribute("aria-activedescendant", `pick-${overlay.at}`);
    drawn[overlay.at - from]?.scrollIntoView({ block: "nearest" });
    status.textContent = overlayHint(overlay);
  };
  field.addEventListener("input", () => {
    overlay = newOverlay(list, field.value);
    draw();
  });
  field.addEventListener("keydown", (event) => {
    const name = keyNameOf(event);
    if (event.isComposing || !/^(?:up|down|page-(?:up|down)|enter|tab|shift-tab|ctrl-[knp])$/.test(name)) return;
    event.preventDefault();
    take(pressOverlay(overlay, { type: "key", name }, PAGE));
  });
  // A click beside the dialog closes it.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  draw();
  const closed = showDialog(dialog);
  field.focus();
  await closed;
  return chosen;
}
