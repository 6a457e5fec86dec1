/** Whether a text contains a nick as a whole word. */
export function mentions(text: string, nick: string): boolean {
  const words = text.toLowerCase();
  const wanted = nick.toLowerCase();
  if (wanted === "") return false;
  for (let at = words.indexOf(wanted); at >= 0; at = words.indexOf(wanted, at + 1))
    if (!/[\w-]/.test(words.charAt(at - 1)) && !/[\w-]/.test(words.charAt(at + wanted.length))) return true;
  return false;
}
