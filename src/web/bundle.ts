import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The page: its files, and how they are built into the program. */

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

/** A file of the page, as the build embeds it. */
interface PageFile {
  readonly path: string;
  readonly type: string;
  /** Of the content, for `If-None-Match`. */
  readonly etag: string;
  /** The content, compressed by gzip, in base64. */
  readonly gzip: string;
}

const FOLDER = join(import.meta.dir, "page");

/** Builds the page. It runs as a macro: once, when the code that uses its result is compiled. */
export function bundlePage(): readonly PageFile[] {
  return PAGE_FILES.map(({ path, type, file }) => {
    const content = contentOf(join(FOLDER, file));
    const etag = `"${createHash("sha256").update(content).digest("hex").slice(0, 16)}"`;
    return { path, type, etag, gzip: compressed(content).toString("base64") };
  });
}

/** libdeflate makes the script 3 % smaller than zlib at its best. */
function compressed(content: Uint8Array): Buffer {
  return Buffer.from(Bun.gzipSync(new Uint8Array(content), { library: "libdeflate", level: 12 }));
}

function contentOf(file: string): Uint8Array {
  if (!/\.(?:ts|css)$/.test(file)) return readFileSync(file);
  // A macro cannot wait for `Bun.build`.
  const { stdout, stderr, success } = Bun.spawnSync([process.execPath, "build", file, "--target=browser", "--minify"]);
  if (!success) throw new Error(`The page could not be built: ${stderr}`);
  return stdout;
}
