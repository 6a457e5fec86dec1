/**
 * How the database came to its present shape, a step each; its `user_version` counts the steps that it has been
 * through. A step that has been released is never changed.
 *
 * A place is where something is said: a room, by its folded name, or a conversation, by the two who have it.
 */
export const MIGRATIONS: readonly string[] = [
  // Messages lie in the order in which they are read: by place, then by seq.
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE place (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
  CREATE TABLE room (key TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE message (
    place INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    manner TEXT NOT NULL,
    nick TEXT NOT NULL,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    account TEXT,
    target TEXT NOT NULL,
    text TEXT NOT NULL,
    tags TEXT,
    PRIMARY KEY (place, seq)
  ) WITHOUT ROWID;
  `,
  // What happened besides, for clients that ask for it; the senders' ids of messages; redactions; who talked to whom.
  `
  CREATE TABLE happening (
    place INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (place, seq)
  ) WITHOUT ROWID;
  CREATE TABLE sent (
    place INTEGER NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (place, id)
  ) WITHOUT ROWID;
  CREATE TABLE redaction (
    place INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (place, seq)
  ) WITHOUT ROWID;
  CREATE TABLE conversation (
    account TEXT NOT NULL,
    peer TEXT NOT NULL,
    place INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account, peer)
  ) WITHOUT ROWID;
  `,
  // Accounts, and how far each has read.
  `
  CREATE TABLE account (key TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE marker (
    account TEXT NOT NULL,
    target TEXT NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (account, target)
  ) WITHOUT ROWID;
  `,
  // Whom the whole server keeps out.
  `
  CREATE TABLE ban (key TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  `,
  // Accounts by what they look like.
  `
  CREATE INDEX account_look ON account (
    replace(replace(replace(replace(replace(replace(replace(replace(replace(key, '0', 'o'), '1', 'l'), 'i', 'l'), '|', 'l'), '\\', 'l'), 'm', 'rn'), 'w', 'vv'), '{', '['), '}', ']')
  );
  `,
  // Messages lie in the order in which they were said, and which lie in a place is posted behind, many at once.
  `
  ALTER TABLE message RENAME TO message_by_place;
  CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    place INTEGER NOT NULL,
    time INTEGER NOT NULL,
    manner TEXT NOT NULL,
    nick TEXT NOT NULL,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    account TEXT,
    target TEXT NOT NULL,
    text TEXT NOT NULL,
    tags TEXT
  );
  CREATE TABLE posting (place INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (place, seq)) WITHOUT ROWID;
  INSERT INTO message
    SELECT seq, place, time, manner, nick, user, host, account, target, text, tags FROM message_by_place ORDER BY seq;
  INSERT INTO posting SELECT place, seq FROM message_by_place;
  INSERT INTO meta SELECT 'posted', max(seq) FROM message HAVING max(seq) NOT NULL;
  DROP TABLE message_by_place;
  `,
  // From which message on an account has heard nothing of a conversation.
  `
  ALTER TABLE conversation ADD COLUMN unheard INTEGER;
  CREATE INDEX conversation_unheard ON conversation (account, unheard) WHERE unheard NOT NULL;
  `,
];
