/**
 * The migrations of the database, in order; its `user_version` counts those applied. A released migration never
 * changes.
 *
 * A place is a room, named by its folded name, or a conversation, named by its two sides. `seq` is the order of all
 * events.
 */
export const MIGRATIONS: readonly string[] = [
  // Messages, sorted as they are read: by place, then by seq.
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
  // Room events, for clients that ask for them; client ids of messages; redactions; conversations of accounts.
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
  // Accounts, and their read markers.
  `
  CREATE TABLE account (key TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE marker (
    account TEXT NOT NULL,
    target TEXT NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (account, target)
  ) WITHOUT ROWID;
  `,
  // Server bans.
  `
  CREATE TABLE ban (key TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  `,
  // An index of accounts by skeleton.
  `
  CREATE INDEX account_look ON account (
    replace(replace(replace(replace(replace(replace(replace(replace(replace(key, '0', 'o'), '1', 'l'), 'i', 'l'), '|', 'l'), '\\', 'l'), 'm', 'rn'), 'w', 'vv'), '{', '['), '}', ']')
  );
  `,
  // Messages are sorted by seq; the table `posting` indexes them by place, and is filled later, many at once.
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
  // The first message of a conversation that an account has not received.
  `
  ALTER TABLE conversation ADD COLUMN unheard INTEGER;
  CREATE INDEX conversation_unheard ON conversation (account, unheard) WHERE unheard NOT NULL;
  `,
  // Accounts have ids, and everything that belongs to an account refers to its id; an index of accounts by certificate.
  `
  DROP INDEX account_look;
  ALTER TABLE account RENAME TO account_by_name;
  CREATE TABLE account (id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, record TEXT NOT NULL) WITHOUT ROWID;
  INSERT INTO account SELECT lower(hex(randomblob(10))), key, record FROM account_by_name;
  UPDATE account SET record = json_set(record, '$.id', id);
  DROP TABLE account_by_name;
  CREATE INDEX account_look ON account (
    replace(replace(replace(replace(replace(replace(replace(replace(replace(key, '0', 'o'), '1', 'l'), 'i', 'l'), '|', 'l'), '\\', 'l'), 'm', 'rn'), 'w', 'vv'), '{', '['), '}', ']')
  );
  CREATE TABLE certificate (
    fingerprint TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (fingerprint, account)
  ) WITHOUT ROWID;
  CREATE INDEX certificate_account ON certificate (account);
  INSERT OR IGNORE INTO certificate SELECT value, account.id FROM account, json_each(account.record, '$.fingerprints');
  DELETE FROM marker WHERE account NOT IN (SELECT key FROM account);
  UPDATE marker SET account = (SELECT id FROM account WHERE key = marker.account);
  DELETE FROM conversation WHERE account NOT IN (SELECT key FROM account);
  UPDATE conversation SET
    account = (SELECT id FROM account WHERE key = conversation.account),
    peer = coalesce((SELECT id FROM account WHERE key = conversation.peer), peer);
  UPDATE place SET key = (
    SELECT min(one, other) || ' ' || max(one, other) FROM (
      SELECT
        coalesce((SELECT id FROM account WHERE key = before), before) AS one,
        coalesce((SELECT id FROM account WHERE key = behind), behind) AS other
      FROM (SELECT substr(place.key, 1, instr(place.key, ' ') - 1) AS before, substr(place.key, instr(place.key, ' ') + 1) AS behind)
    )
  ) WHERE instr(key, ' ') > 0;
  ALTER TABLE message ADD COLUMN account_id TEXT;
  UPDATE message SET account_id = (
    SELECT id FROM account WHERE key = lower(message.account) AND json_extract(record, '$.created') <= message.time
  ) WHERE account NOT NULL;
  UPDATE happening SET event = json_set(event, '$.who.account', json_object(
    'id', coalesce((SELECT id FROM account WHERE key = lower(json_extract(event, '$.who.account'))), ''),
    'name', json_extract(event, '$.who.account')
  )) WHERE json_type(event, '$.who.account') = 'text';
  UPDATE happening SET event = json_set(event, '$.by.account', json_object(
    'id', coalesce((SELECT id FROM account WHERE key = lower(json_extract(event, '$.by.account'))), ''),
    'name', json_extract(event, '$.by.account')
  )) WHERE json_type(event, '$.by.account') = 'text';
  UPDATE room SET record = json_set(record, '$.ranks', json((
    SELECT json_group_object(account.id, json(each.value))
    FROM json_each(room.record, '$.ranks') AS each JOIN account ON account.key = each.key
  ))) WHERE json_type(record, '$.ranks') = 'object';
  ${["ban", "exception", "invitation"].map(entriesById).join("\n")}
  UPDATE ban SET record = json_set(
    record, '$.account', (SELECT id FROM account WHERE key = lower(substr(json_extract(ban.record, '$.target'), 3)))
  ) WHERE lower(substr(json_extract(record, '$.target'), 3)) IN (SELECT key FROM account)
    AND json_extract(record, '$.target') LIKE 'a:%';
  `,
  // The key of a client id is the target and the sending account. A redaction's key is its message alone, with the key
  // of its place, which may be deleted before it.
  `
  ALTER TABLE message ADD COLUMN sent_as TEXT;
  ALTER TABLE sent RENAME TO sent_by_place;
  CREATE TABLE sent (
    target TEXT NOT NULL,
    sender TEXT NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (target, sender, id)
  ) WITHOUT ROWID;
  INSERT OR IGNORE INTO sent
    SELECT
      CASE
        WHEN instr(key, ' ') = 0 THEN key
        WHEN substr(key, 1, instr(key, ' ') - 1) = side THEN substr(key, instr(key, ' ') + 1)
        ELSE substr(key, 1, instr(key, ' ') - 1)
      END, sender, id, seq
    FROM (
      SELECT
        place.key, coalesce(account_id, '') AS sender, sent_by_place.id, seq, coalesce(account_id, '~' || lower(nick)) AS side
      FROM sent_by_place JOIN message USING (seq) JOIN place ON place.id = message.place
    );
  DROP TABLE sent_by_place;
  ALTER TABLE redaction RENAME TO redaction_by_place;
  CREATE TABLE redaction (
    seq INTEGER PRIMARY KEY,
    place TEXT NOT NULL,
    time INTEGER NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL
  );
  INSERT INTO redaction
    SELECT seq, key, time, by, reason, message FROM redaction_by_place JOIN place ON place.id = place;
  DROP TABLE redaction_by_place;
  `,
  // An index to look up times among room events; the steps at which the clock was set back; read markers are seqs; the
  // seq from which an existing account may read conversations.
  `
  CREATE INDEX happening_order ON happening (seq, time);
  CREATE TABLE step (seq INTEGER PRIMARY KEY);
  ALTER TABLE marker ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX message_time ON message (time, seq);
  UPDATE marker SET seq = coalesce(
    (SELECT seq FROM message WHERE message.time <= marker.time ORDER BY message.time DESC, seq DESC LIMIT 1), 0);
  UPDATE account SET record = json_set(record, '$.since', coalesce(
    (SELECT seq FROM message WHERE time >= json_extract(account.record, '$.created') ORDER BY time, seq LIMIT 1),
    (SELECT max(seq) + 1 FROM message), 0));
  DROP INDEX message_time;
  `,
  // Accounts that other programs order a running server to log out.
  `
  CREATE TABLE logout (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    why TEXT NOT NULL
  );
  `,
  // The latest message of each conversation, so that recent conversations, and those of a name, are found by index.
  `
  INSERT OR IGNORE INTO posting
    SELECT place, seq FROM message WHERE seq > coalesce((SELECT value FROM meta WHERE key = 'posted'), -1);
  INSERT OR REPLACE INTO meta SELECT 'posted', max(seq) FROM message HAVING max(seq) NOT NULL;
  ALTER TABLE conversation ADD COLUMN latest INTEGER NOT NULL DEFAULT 0;
  UPDATE conversation SET latest = coalesce((SELECT max(seq) FROM posting WHERE place = conversation.place), 0);
  CREATE INDEX conversation_latest ON conversation (account, latest);
  CREATE INDEX conversation_place ON conversation (place);
  CREATE INDEX conversation_name ON conversation (account, lower(name));
  `,
  // The positions at which the sender cut a message into lines; it is relayed in the same lines.
  `
  ALTER TABLE message ADD COLUMN cuts TEXT;
  `,
  // A ban of a single IPv6 address has the prefix length /128; without a length, an address means its network.
  `
  UPDATE OR REPLACE ban SET key = key || '/128',
    record = json_set(record, '$.target', json_extract(record, '$.target') || '/128')
    WHERE json_extract(record, '$.kind') = 'address' AND key LIKE '%:%' AND key NOT LIKE '%/%';
  `,
  // 1 if the author of a message had declared itself a bot.
  `
  ALTER TABLE message ADD COLUMN bot INTEGER;
  `,
  // The rooms of accounts. Conversations from before are marked as read, except for messages that were missed.
  `
  CREATE TABLE membership (
    account TEXT NOT NULL,
    room TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (account, room)
  ) WITHOUT ROWID;
  CREATE INDEX membership_room ON membership (room);
  INSERT OR IGNORE INTO marker (account, target, seq, time)
    SELECT conversation.account, lower(name), max(seq), max(time) FROM conversation JOIN message ON seq = latest
    WHERE unheard IS NULL GROUP BY conversation.account, lower(name);
  `,
  // Tokens of accounts and rooms, as hashes.
  `
  CREATE TABLE token (hash TEXT PRIMARY KEY, owner TEXT NOT NULL, record TEXT NOT NULL);
  CREATE INDEX token_owner ON token (owner);
  `,
];

/** SQL that adds account ids to the entries of a room's list whose mask names an account. */
function entriesById(list: string): string {
  return `
  UPDATE room SET record = json_set(record, '$.lists.${list}', json((
    SELECT json_group_array(json(entry)) FROM (
      SELECT CASE WHEN account.id IS NULL THEN each.value ELSE json_set(each.value, '$.account', account.id) END AS entry
      FROM json_each(room.record, '$.lists.${list}') AS each
      LEFT JOIN account ON account.key = lower(CASE
        WHEN json_extract(each.value, '$.mask') LIKE 'a:%' THEN substr(json_extract(each.value, '$.mask'), 3)
        WHEN json_extract(each.value, '$.mask') LIKE 'm:a:%' THEN substr(json_extract(each.value, '$.mask'), 5)
      END)
      ORDER BY each.key
    )
  ))) WHERE json_extract(record, '$.lists.${list}') LIKE '%"a:%' OR json_extract(record, '$.lists.${list}') LIKE '%"m:a:%';`;
}
