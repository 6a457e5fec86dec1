import { placeOf } from "../../client/model/history.ts";
import type { Model, Talk } from "../../client/model/state.ts";
import { isReading, notifies, type View } from "../../client/ui/view.ts";
import { showLine } from "../../text/filter.ts";
import { type Folded, fold } from "../../text/fold.ts";

const MOST = 120; // characters of a notification

/** Whether the user can still be asked for notifications: browsers have them over https, and on this machine. */
export function canAskForNotifications(): boolean {
  return isSecureContext && "Notification" in window && Notification.permission === "default";
}

/** Notifies of a new message, unless the user is reading where it was said. */
export function notifyOf(view: View, model: Model, line: Talk, go: (key: Folded, name: string) => void): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const place = placeOf(line, model.nick);
  if ((!document.hidden && isReading(view, place)) || !notifies(view, model, line)) return;
  const nick = showLine(line.nick);
  const title = line.room === undefined ? nick : `${nick} in ${showLine(line.room)}`;
  const body = showLine(line.text.replaceAll("\n", " ")).slice(0, MOST).toWellFormed();
  const options = { body, tag: place, icon: "/icon.svg" };
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
