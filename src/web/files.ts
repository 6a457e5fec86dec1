/** The files of the page: their paths, media types, and names in `page/`. */
export const PAGE_FILES = [
  { path: "/", type: "text/html; charset=utf-8", file: "page.html" },
  { path: "/page.css", type: "text/css; charset=utf-8", file: "page.css" },
  { path: "/page.js", type: "text/javascript; charset=utf-8", file: "main.ts" },
  { path: "/worker.js", type: "text/javascript; charset=utf-8", file: "worker.js" },
  { path: "/manifest.webmanifest", type: "application/manifest+json", file: "manifest.webmanifest" },
  { path: "/icon.svg", type: "image/svg+xml", file: "icon.svg" },
  { path: "/icon-192.png", type: "image/png", file: "icon-192.png" },
  { path: "/icon-maskable.png", type: "image/png", file: "icon-maskable.png" },
] as const;
