/** The local time of day, as shown before a line: `12:03`. `time` is in milliseconds since 1970. */
export function clockOf(time: number): string {
  const date = new Date(time);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** The local day, `2026-01-05`. `time` is in milliseconds since 1970. */
export function dayOf(time: number): string {
  const date = new Date(time);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const MONTHS = "January February March April May June July August September October November December".split(" ");

/**
 * The local day in words, `Monday, 5 January 2026`. `time` is in milliseconds since 1970. `Intl` would write the same, but
 * its first use takes about 6 ms, a fifth of the program's start.
 */
export function longDayOf(time: number): string {
  const date = new Date(time);
  return `${WEEKDAYS[date.getDay()]}, ${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}

/**
 * The date and time in UTC, the same for every reader: `2026-01-05 12:03 UTC`. `time` is in milliseconds since 1970.
 */
export function dateOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** A server's sentence with its times in UTC, as `dateOf` writes them, as local times. */
export function localTimes(text: string): string {
  return text.replace(/\b(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC\b/g, (written, day: string, clock: string) => {
    const time = Date.parse(`${day}T${clock}Z`);
    return Number.isNaN(time) ? written : `${dayOf(time)} ${clockOf(time)}`;
  });
}

/**
 * Parses a local time of the past: `yesterday`, `today` or `2026-01-05`, alone or with `09:30`, or `09:30` alone, the last
 * time that the clock showed it. `undefined` if the text is none.
 */
export function pastTimeOf(text: string, now: number): number | undefined {
  const [, day = "", clock = ""] = /^(yesterday|today|\d{4}-\d\d-\d\d)?(?:(?:^| +)(\d\d?:\d\d))?$/.exec(text) ?? [];
  if (day === "" && clock === "") return undefined;
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  if (hours > 23 || minutes > 59) return undefined;
  const date = /^\d/.test(day) ? new Date(`${day}T00:00`) : new Date(now);
  if (Number.isNaN(date.getTime()) || (/^\d/.test(day) && dayOf(date.getTime()) !== day)) return undefined;
  date.setHours(hours, minutes, 0, 0);
  if (day === "yesterday" || (day === "" && date.getTime() > now)) date.setDate(date.getDate() - 1);
  return date.getTime();
}

function pad(n: number): string {
  return n < 10 ? `0${n}` : `${n}`;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Parses a duration (`30d`, `12h`, `45m`, `10s`) into milliseconds; `undefined` if the text is not a duration above 0.
 */
export function durationOf(text: string): number | undefined {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const length = Number(count) * (UNITS[unit] ?? 0);
  return length > 0 ? length : undefined;
}

/** Formats a duration of whole seconds with the largest unit that divides it, as `durationOf` reads it: `7d`, `36h`. */
export function wholeLengthOf(milliseconds: number): string {
  const [unit = "s", size = 1000] = Object.entries(UNITS).findLast(([, each]) => milliseconds % each === 0) ?? [];
  return `${Math.round(milliseconds / size)}${unit}`;
}

/**
 * Formats a duration given in milliseconds, rounded up to seconds, with its two largest units: `2d 3h`, `10m`. The
 * least is `1s`.
 */
export function lengthOf(milliseconds: number): string {
  let rest = Math.max(1000, Math.ceil(milliseconds / 1000) * 1000);
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(UNITS).toReversed()) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(" ");
}
