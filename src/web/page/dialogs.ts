import { type Choice, newOverlay, type Overlay, overlayHint, pressOverlay } from "../../client/ui/overlay.ts";
import { showLine } from "../../text/filter.ts";
import { httpsAddress, secrecyOf } from "./browser.ts";
import { button, element, keyNameOf } from "./dom.ts";

/** The dialogs above the page: a question, a list to choose from, the login. */

/** A question to the user, or lines to read. */
interface Question {
  readonly title: string;
  readonly lines?: readonly string[];
  readonly input?: { readonly type: "text" | "password"; readonly value: string };
  /** The words on the button that says yes; without it there is only one to close. */
  readonly act?: string;
}

/** Shows a dialog above the page. Resolves once it is closed, and removed again. */
function showDialog(dialog: HTMLDialogElement): Promise<void> {
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

/** The user's wish: to log in to an account, or to make one of the nick. */
interface Login {
  readonly type: "login" | "register";
  readonly account: string;
  readonly password: string;
}

/** A dialog that asks for a login. It is open until the user is logged in, or does not want to be. */
export interface LoginDialog {
  /** Tells why the login is refused; the user can try again. */
  refuse(words: string): void;
  close(): void;
}

/**
 * Asks for an account and its password in a form that password managers know. Over plain http from another machine,
 * tells how to come by https instead: others could read a password.
 */
export function openLogin(nick: string, submit: (login: Login) => void): LoginDialog {
  const dialog = element("dialog", { "aria-label": "Log in" });
  const refusal = element("p", { class: "refusal", role: "alert" });
  let isAsked = false;
  const close = () => dialog.close();
  if (secrecyOf(location) === "exposed") dialog.append(...exposedWords(close));
  else {
    const ask = (login: Login) => {
      isAsked = true;
      refusal.textContent = "";
      submit(login);
    };
    dialog.append(loginForm(nick, refusal, ask, close));
  }
  void showDialog(dialog);
  const field = dialog.querySelector<HTMLElement>("input[type=password], a");
  field?.focus();
  return {
    refuse(words) {
      // Other lines of the server that come meanwhile do not concern the login.
      if (!isAsked) return;
      isAsked = false;
      refusal.textContent = words;
      if (field instanceof HTMLInputElement) field.select();
    },
    close,
  };
}

function exposedWords(close: () => void): readonly HTMLElement[] {
  const href = httpsAddress();
  return [
    element("h2", {}, "Guests only"),
    element(
      "p",
      {},
      "This page came over plain http: others on the way could read a password, so here you are a guest.",
    ),
    element(
      "p",
      {},
      "Where the server has TLS, this address is private, and logs you in: ",
      element("a", { href }, href),
    ),
    element("p", { class: "buttons" }, button("Close", {}, close)),
  ];
}

function loginForm(
  nick: string,
  refusal: HTMLElement,
  submit: (login: Login) => void,
  cancel: () => void,
): HTMLElement {
  const name = element("input", {
    type: "text",
    name: "username",
    autocomplete: "username",
    value: nick,
    required: true,
  });
  const password = element("input", {
    type: "password",
    name: "password",
    autocomplete: "current-password",
    required: true,
  });
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", {}, "Log in"),
    element("label", {}, "Account", name),
    element("label", {}, "Password", password),
    refusal,
    element(
      "p",
      { class: "hint" },
      `A new account keeps the nick ${nick} for you. Passwords are not kept in the browser.`,
    ),
    element(
      "p",
      { class: "buttons" },
      button("Cancel", {}, cancel),
      element("button", { type: "submit", value: "register" }, "Make an account"),
      element("button", { type: "submit", value: "login", class: "default" }, "Log in"),
    ),
  );
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !(event.target instanceof HTMLInputElement)) return;
    // The browser would press the first button.
    event.preventDefault();
    form.requestSubmit(form.querySelector<HTMLButtonElement>(".default"));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const isNew = event.submitter?.getAttribute("value") === "register";
    submit({ type: isNew ? "register" : "login", account: name.value.trim(), password: password.value });
  });
  return form;
}
