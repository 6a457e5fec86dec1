import { showDialog } from "./dialogs.ts";
import { button, element } from "./dom.ts";
import { httpsAddress, secrecyOf } from "./socket.ts";

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
