/** The TLS policy that a server announces by the capability `sts` (IRCv3 sts). */
export interface Sts {
  /** Where it is spoken; counts in plain text. */
  readonly port?: number;
  /** For how many seconds clients are to speak nothing else; counts over TLS. */
  readonly seconds?: number;
}

/** The `sts` among capabilities with their values; what is malformed in it is as if it were not there. */
export function stsOf(capabilities: Iterable<string>): Sts {
  for (const capability of capabilities) {
    if (!capability.startsWith("sts=")) continue;
    const tokens = new Map(
      capability
        .slice("sts=".length)
        .split(",")
        .map((token): [string, string] => {
          const [key = "", value = ""] = token.split("=", 2);
          return [key, value];
        }),
    );
    const port = numberIn(tokens.get("port"), 65_535);
    const seconds = numberIn(tokens.get("duration"), Number.MAX_SAFE_INTEGER);
    return { ...(port ? { port } : {}), ...(seconds === undefined ? {} : { seconds }) };
  }
  return {};
}

function numberIn(text: string | undefined, most: number): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number <= most ? number : undefined;
}
