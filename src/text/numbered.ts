/** A nick that is taken, with a number behind it: `ann` → `ann-2`; of at most `longest` characters (0: no limit). */
export function numbered(nick: string, number: number, longest: number): string {
  const tail = `-${number}`;
  return (longest > 0 ? nick.slice(0, Math.max(1, longest - tail.length)) : nick) + tail;
}
