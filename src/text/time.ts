/** The local time of day as people see it before a line: `12:03`. `time` is in milliseconds since 1970. */
export function clockOf(time: number): string {
  const date = new Date(time);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** The local day, `2026-01-05`. `time` is in milliseconds since 1970. */
export function dayOf(time: number): string {
  const date = new Date(time);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** A moment as everyone reads it, wherever they are: `2026-01-05 12:03 UTC`. */
export function dateOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function pad(n: number): string {
  return n < 10 ? `0${n}` : `${n}`;
}
