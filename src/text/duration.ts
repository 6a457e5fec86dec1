const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A stretch of time as people write it, `30d`, `12h`, `45m`, `10s`, in milliseconds; `undefined` for what is none. */
export function durationOf(text: string): number | undefined {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const length = Number(count) * (UNITS[unit] ?? 0);
  return length > 0 ? length : undefined;
}
