/**
 * How the database came to its present shape, a step each; its `user_version` counts the steps that it has been
 * through. A step that has been released is never changed.
 */
export const MIGRATIONS: readonly string[] = [
  // Messages lie in the order in which they are read: by room, then by seq. So one tree serves writing and reading.
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE room (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
  CREATE TABLE message (
    room INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    manner TEXT NOT NULL,
    nick TEXT NOT NULL,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    account TEXT,
    text TEXT NOT NULL,
    tags TEXT,
    PRIMARY KEY (room, seq)
  ) WITHOUT ROWID;
  `,
];
