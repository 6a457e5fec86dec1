import type { Manner } from "./attacking-connection.ts";

let names = 0;

/** A nick that nobody else has, and that looks like no other. */
export const nick = () => `x${names++}`;

/** A member by IRC, who begins with some lines. */
export const irc = (then = ""): Manner => ({ opening: `NICK ${nick()}\r\nUSER x 0 * :X\r\n${then}` });

/** The same with capabilities. */
export const able = (caps: string, then = ""): Manner => ({
  opening: `CAP REQ :${caps}\r\nNICK ${nick()}\r\nUSER x 0 * :X\r\nCAP END\r\n${then}`,
});

/** A person, who is in the lobby at once. */
export const plain = (): Manner => ({ opening: "hello\n" });

/** Words, of so many bytes. */
export const words = (bytes: number) => "noise ".repeat(Math.ceil(bytes / 6)).slice(0, bytes);

/** Something so many times. */
export const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i));
