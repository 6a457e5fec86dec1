// Keeps the page's files, so that it opens without a connection. The server's version wins while it can be reached.

const CACHE = "page";
const FILES = ["/", "/page.css", "/page.js", "/manifest.webmanifest", "/icon.svg", "/icon-192.png"];

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin || !FILES.includes(pathname)) return;
  event.respondWith(fresh(event.request, pathname));
});

// A click on a notification shows the place that it is about: in the open page, or in a new one.
self.addEventListener("notificationclick", (event) => {
  const { place } = event.notification.data;
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then(async ([page]) => {
      if (!page) return self.clients.openWindow(`/#${encodeURIComponent(place.replace(/^#/, ""))}`);
      page.postMessage({ place });
      return page.focus();
    }),
  );
});

async function fresh(request, pathname) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(pathname, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(pathname);
    if (kept) return kept;
    throw error;
  }
}
