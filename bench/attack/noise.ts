import type { ConnectionBehaviour } from "./attacking-connection.ts";

let names = 0;

/** A new nick that is like no other. */
export const nick = () => `x${names++}`;

/** An IRC member that begins with these lines. */
export const irc = (then = ""): ConnectionBehaviour => ({ opening: `NICK ${nick()}\r\nUSER x 0 * :X\r\n${then}` });

/** An IRC member with capabilities. */
export const able = (caps: string, then = ""): ConnectionBehaviour => ({
  opening: `CAP REQ :${caps}\r\nNICK ${nick()}\r\nUSER x 0 * :X\r\nCAP END\r\n${then}`,
});

/** A plain-text guest in the lobby. */
export const plain = (): ConnectionBehaviour => ({ opening: "hello\n" });

/** A text with this many bytes. */
export const words = (bytes: number) => "noise ".repeat(Math.ceil(bytes / 6)).slice(0, bytes);

/** Joins the results of this many calls. */
export const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i));
