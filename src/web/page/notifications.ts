import { placeOf } from "../../client/model/history.ts";
import type { Line, Model, Talk } from "../../client/model/state.ts";
import { notificationOf } from "../../client/ui/message-view.ts";
import { isReading, notifies, type View } from "../../client/ui/view.ts";
import { showText } from "../../text/filter.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { element } from "./dom.ts";

/** Signals of new messages on the page: for screen readers, as notifications, and as the number on the icon. */

/** Whether the user can still be asked for notifications: browsers have them over https, and on this machine. */
export function canAskForNotifications(): boolean {
  return isSecureContext && "Notification" in window && Notification.permission === "default";
}

/** Notifies of a new message, unless the user is reading where it was said. */
export function notifyOf(view: View, model: Model, line: Talk, go: (key: Folded, name: string) => void): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const place = placeOf(line, model.nick);
  if ((!document.hidden && isReading(view, place)) || !notifies(view, model, line)) return;
  const { title, body } = notificationOf(line);
  const options = { body, tag: place, icon: "/icon-192.png", data: { place } };
  try {
    const shown = new Notification(title, options);
    shown.addEventListener("click", () => {
      window.focus();
      go(fold(place), place);
      shown.close();
    });
  } catch {
    // On phones, only a service worker may show them.
    void navigator.serviceWorker.ready.then((worker) => worker.showNotification(title, options));
  }
}

/** Shows on the icon of the installed page how much is unread. */
export function showBadge(unread: number): void {
  if (!("setAppBadge" in navigator)) return;
  // It is refused to a page that is not installed.
  void (unread > 0 ? navigator.setAppBadge(unread) : navigator.clearAppBadge()).catch(() => {});
}

/** Calls `go` with the place of a notification that was clicked, which a service worker has shown. */
export function onNotificationClick(go: (key: Folded, name: string) => void): void {
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    if (typeof data?.place === "string") go(fold(data.place), data.place);
  });
}

const KEPT = 10_000; // ms that a line can still be read

/**
 * Tells a screen reader what is said in the room on the screen: each new line once. The list of messages cannot: it is
 * redrawn when a message is stored or gets a reaction, and older lines are added to it.
 */
export class Announcer {
  readonly element = element("div", { class: "announcer" });
  readonly #lines = element("div", { "aria-live": "polite", "aria-relevant": "additions" });

  constructor() {
    // In a tree of its own, so that the page's text has each line once.
    this.element.attachShadow({ mode: "open" }).append(this.#lines);
  }

  /** Reads a line, if it has just been said or has happened, and is not the user's own. */
  announce(line: Line): void {
    const isMessage = "nick" in line;
    if (isMessage && (line.replayed || line.byUs)) return;
    const words = isMessage ? `${showText(line.nick)}: ${showText(line.text)}` : showText(line.text);
    this.say(words);
  }

  /** Reads words of the page itself. */
  say(words: string): void {
    const item = element("p", {}, words);
    this.#lines.append(item);
    setTimeout(() => item.remove(), KEPT);
  }
}
