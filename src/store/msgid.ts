/** The `msgid` of an event: the name of its store, and its sequence number. */
export function formatMsgid(node: string, seq: number): string {
  return `${node}-${seq.toString(36)}`;
}

/** The sequence number that a `msgid` of this store encodes; `undefined` for any other string. */
export function parseMsgid(node: string, msgid: string): number | undefined {
  const [name, digits = ""] = msgid.split("-");
  return name === node && /^[0-9a-z]{1,11}$/.test(digits) ? Number.parseInt(digits, 36) : undefined;
}
