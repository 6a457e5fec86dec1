import { button, element } from "./dom.ts";

/** A question to the user, or lines to read. */
interface Question {
  readonly title: string;
  readonly lines?: readonly string[];
  readonly input?: { readonly type: "text" | "password"; readonly value: string };
  /** The words on the button that says yes; without it there is only one to close. */
  readonly act?: string;
}

/** Shows a dialog above the page. Resolves once it is closed, and removed again. */
export function showDialog(dialog: HTMLDialogElement): Promise<void> {
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
    dialog.showModal();
  });
}

/** Asks in a dialog. Resolves with the text, "" if none is asked for, or `undefined` if the user does not want to. */
export async function ask({ title, lines = [], input, act }: Question): Promise<string | undefined> {
  const field =
    input && element("input", { type: input.type, value: input.value, "aria-label": title, autocomplete: "off" });
  const dialog = element("dialog", { "aria-label": title }, element("h2", {}, title));
  if (lines.length > 0) dialog.append(element("pre", {}, lines.join("\n")));
  const close = button(act === undefined ? "Close" : "Cancel", {}, () => dialog.close());
  const yes = act === undefined ? [] : [element("button", { type: "submit" }, act)];
  const form = element("form", { method: "dialog" }, ...(field ? [field] : []));
  form.append(element("p", { class: "buttons" }, close, ...yes));
  dialog.append(form);
  let answer: string | undefined;
  form.addEventListener("submit", () => {
    answer = field?.value.trim() ?? "";
  });
  const closed = showDialog(dialog);
  // Otherwise the first button would have the focus, which is the one that cancels.
  (field ?? yes[0])?.focus();
  field?.select();
  await closed;
  return answer;
}
