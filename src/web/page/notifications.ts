import { placeOf } from "../../client/model/history.ts";
import type { Model, Talk } from "../../client/model/state.ts";
import { notificationOf } from "../../client/ui/message-view.ts";
import { isReading, notifies, type View } from "../../client/ui/view.ts";
import { type Folded, fold } from "../../text/fold.ts";

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
