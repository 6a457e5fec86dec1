import { expect, test } from "bun:test";
import { MEMORY, openDatabase } from "../../../src/store/database.ts";
import { Mirror, MirrorFeed } from "../../../src/store/search/mirror.ts";

/** A database in memory in which something is said. */
function database(count: number) {
  const db = openDatabase(MEMORY, "normal");
  db.run("INSERT INTO place VALUES (1, '#dev'), (2, '#ops')");
  const say = (seq: number) =>
    db.run(
      "INSERT INTO message (seq, place, time, manner, nick, user, host, target, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      [seq, 1 + (seq % 2), seq, "words", "ann", "a", "h", "#dev", `text ${seq}`],
    );
  for (let seq = 1; seq <= count; seq++) say(seq);
  return { db, say };
}

test("messages are copied once, in order, in batches; and all again after a restart", () => {
  const { db, say } = database(500);
  const feed = new MirrorFeed(db);
  const stretches = () => {
    const sizes: number[] = [];
    for (let rows = feed.next(); rows.length > 0; rows = feed.next()) sizes.push(rows.length);
    return sizes;
  };
  expect(stretches()).toEqual([200, 200, 100]);
  say(501);
  expect(feed.next().map(({ seq, key, text }) => [seq, key, text])).toEqual([[501, "#ops", "text 501"]]);
  feed.restart();
  expect(stretches().reduce((sum, size) => sum + size)).toBe(501);
});

test("the mirror has the messages it was given, without the forgotten ones", () => {
  const { db } = database(5);
  const mirror = new Mirror();
  mirror.take(new MirrorFeed(db).next());
  mirror.forget([4]);
  mirror.forgetUpTo(2);
  const rows = mirror.db.query<{ seq: number; key: string }, []>(
    "SELECT seq, key FROM message JOIN place ON place.id = message.place ORDER BY seq",
  );
  expect(rows.all()).toEqual([
    { seq: 3, key: "#ops" },
    { seq: 5, key: "#ops" },
  ]);
});
