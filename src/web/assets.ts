import { gunzipSync } from "node:zlib";
import { bundlePage } from "./bundle.ts" with { type: "macro" };
import { listOf, type RequestHead } from "./head.ts";
import type { HttpAnswer } from "./http.ts";

/**
 * The files of the page. They are part of the program, and are loaded when the first browser asks: a server whose page
 * nobody opens takes no memory for them.
 */
const FILES = bundlePage();

/** The page may load its own files, and its own server's WebSocket. Nothing of another server, and no inline code. */
const POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "connect-src", "manifest-src", "worker-src"].map((name) => `${name} 'self'`),
  "img-src 'self' data:",
  ...["base-uri", "form-action", "frame-ancestors"].map((name) => `${name} 'none'`),
].join("; ");

const HEADERS = [
  `Content-Security-Policy: ${POLICY}`,
  "X-Frame-Options: DENY",
  "Cross-Origin-Opener-Policy: same-origin",
  "Cache-Control: no-cache",
  "Vary: Accept-Encoding",
];

/** Answers with a file of the page, compressed if the browser takes that, or with 304 if it has the file already. */
export function answerFile({ path, fields }: RequestHead): HttpAnswer {
  const file = FILES.find((each) => each.path === path) ?? FILES[0];
  if (!file) throw new Error("The page has no files");
  const headers = [...HEADERS, `ETag: ${file.etag}`];
  const known = listOf(fields, "if-none-match");
  if (known.some((tag) => tag === "*" || tag.replace(/^W\//, "") === file.etag))
    return { status: 304, fields: headers, body: "" };
  const bytes = Buffer.from(file.gzip, "base64");
  const takesGzip = listOf(fields, "accept-encoding").some((coding) => /^gzip(?:;q=(?!0(?:\.0*)?$).+)?$/i.test(coding));
  if (!takesGzip) return { status: 200, type: file.type, fields: headers, body: gunzipSync(bytes) };
  return { status: 200, type: file.type, fields: [...headers, "Content-Encoding: gzip"], body: bytes };
}
