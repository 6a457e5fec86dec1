const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left there",
  EDQUOT: "the quota is used up",
  EFBIG: "the file is too large",
  EIO: "it has an I/O error",
};

/** The words about output that could not be written; nothing for a closed pipe, as behind `| head`. */
export function unwritten(error: Error): string | undefined {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED") return undefined;
  return `the output could not be written: ${WORDS[code] ?? error.message}`;
}
