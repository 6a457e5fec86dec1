/** A metric with its samples, by name and labels. */
export interface Family {
  readonly help: string;
  readonly type: string;
  readonly samples: Map<string, number>;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]\w*="(?:[^"\\]|\\["\\n])*"\})? (\S+)$/;

/** Parses a page of metrics; throws if anything in it is malformed. */
export function parseMetrics(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("The last line does not end");
  const families = new Map<string, Family>();
  let help: readonly string[] = [];
  let current: readonly [string, Family] | undefined;
  for (const line of text.trimEnd().split("\n")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") {
      help = [name, rest];
    } else if (kind === "TYPE") {
      if (help[0] !== name || families.has(name)) throw new Error(`${name} has no help, or comes twice`);
      current = [name, { help: help[1] ?? "", type: rest, samples: new Map() }];
      families.set(...current);
    } else {
      const [, sample = "", labels = "", value] = SAMPLE.exec(line) ?? [];
      const [family, { type, samples }] = current ?? ["", { type: "", samples: new Map<string, number>() }];
      const fits = type === "histogram" ? sample.replace(/_(?:bucket|sum|count)$/, "") : sample;
      if (fits !== family || family === "" || Number.isNaN(Number(value)) || samples.has(sample + labels))
        throw new Error(`This is no sample of ${family}: ${line}`);
      samples.set(sample + labels, Number(value));
    }
  }
  return families;
}
