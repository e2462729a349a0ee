-- The office's book. All tables are STRICT; times are unix milliseconds; ids and
-- digests are bytes. "sealed" columns are AES-256-GCM under the key of the dossier
-- (or draft, or tray item) with the place (table, id, revision, field) as AAD.
-- "digest" columns are a SHA-256 over all other columns of the row, written with the
-- row and checked before the row is believed: SQLite does not see a flipped bit.

-- What enrolment gave. One row, id 1. Nothing personal.
CREATE TABLE identity (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  body   BLOB NOT NULL,               -- JSON of ledger.Identity
  digest BLOB NOT NULL
) STRICT;

-- One log of this book: (device, epoch). A new epoch comes by the portal's grant.
CREATE TABLE log (
  epoch      INTEGER PRIMARY KEY,
  device     BLOB    NOT NULL,
  next       INTEGER NOT NULL,        -- the seq the next event gets, from 1
  head       BLOB    NOT NULL,        -- chain head after next-1
  applied    INTEGER NOT NULL DEFAULT 0, -- the portal's word: 1..applied are durable there
  generation INTEGER NOT NULL DEFAULT 0, -- of the portal when it said so; 0 it never did
  ack        BLOB,                    -- the signed ack, encoded: evidence
  replayed   INTEGER NOT NULL DEFAULT 0, -- the province sent 1..replayed of this log back to us
  frozen     TEXT    NOT NULL DEFAULT '' -- why sending stopped (fork); '' it did not
) STRICT;

-- Keys. A dropped key (NULL) makes everything sealed under it unreadable for ever.
CREATE TABLE secret (
  scope   BLOB NOT NULL PRIMARY KEY,           -- id of a dossier, draft or tray item; 16 zero bytes: the book itself
  wrapped BLOB                        -- the key, wrapped by the office's key; NULL erased
) STRICT, WITHOUT ROWID;

-- A dossier as folded from its events. Derived: Rebuild makes it again.
CREATE TABLE dossier (
  id           BLOB NOT NULL PRIMARY KEY,
  slip         TEXT UNIQUE,           -- 14 digits; NULL while only answers to it are known
  fold_version INTEGER NOT NULL,      -- of the fold that made the projection
  version      INTEGER NOT NULL,
  code         INTEGER NOT NULL,      -- national code 0..10
  deadline     INTEGER NOT NULL DEFAULT 0, -- legal due date, 0 none: the road sends urgent ones first
  state        BLOB NOT NULL,         -- sealed JSON of dossier.State
  updated_at   INTEGER NOT NULL
) STRICT;

-- Every event, ours and the province's. Never compacted. Row digests are checked
-- before an event is folded or sent.
CREATE TABLE event (
  id             BLOB NOT NULL PRIMARY KEY,
  dossier        BLOB    NOT NULL,
  author         TEXT    NOT NULL,    -- book:UUID or province
  epoch          INTEGER,             -- of our log; NULL for what came by the feed, and for ours displaced by a replay
  seq            INTEGER,
  type           TEXT    NOT NULL,
  version        INTEGER NOT NULL,
  at             INTEGER NOT NULL,    -- the author's clock
  received_at    INTEGER NOT NULL,    -- when this book stored it
  proposal       INTEGER NOT NULL DEFAULT 0, -- the portal judged it a rival
  size           INTEGER NOT NULL,    -- plain bytes of header and payload
  header         BLOB    NOT NULL,    -- sealed, exact bytes
  salt           BLOB    NOT NULL,    -- sealed
  payload        BLOB    NOT NULL,    -- sealed, exact bytes
  header_digest  BLOB    NOT NULL,
  payload_digest BLOB    NOT NULL,
  head           BLOB,                -- chain head after this event; NULL for what came by the feed
  digest         BLOB    NOT NULL,
  UNIQUE (epoch, seq)
) STRICT;
CREATE INDEX event_by_dossier ON event (dossier);

-- The same event id with other bytes (id_reused): both are kept, this one aside.
CREATE TABLE event_rival (
  id             BLOB NOT NULL,
  payload_digest BLOB NOT NULL,
  dossier        BLOB NOT NULL,
  body           BLOB NOT NULL,       -- sealed, the encoded event
  received_at    INTEGER NOT NULL,
  PRIMARY KEY (id, payload_digest)
) STRICT;

-- The outbox: one row per submission of this book (a filing, a supplement). Rows stay
-- after they arrived, because a restored portal may need them again.
CREATE TABLE outbox (
  event         BLOB NOT NULL PRIMARY KEY,
  dossier       BLOB    NOT NULL,
  n             INTEGER NOT NULL,     -- 0 the filing, else the supplement
  manifest      BLOB    NOT NULL UNIQUE,
  saved_at      INTEGER NOT NULL,     -- when the row was committed here
  epoch         INTEGER NOT NULL,     -- 0: displaced by a replay, waits for a new epoch
  seq           INTEGER NOT NULL,
  left_at       INTEGER NOT NULL DEFAULT 0, -- server time of the first ack of left_gen that covered it
  left_gen      INTEGER NOT NULL DEFAULT 0,
  complete_at   INTEGER NOT NULL DEFAULT 0, -- server time of the receipt
  complete_gen  INTEGER NOT NULL DEFAULT 0,
  receipt       BLOB,                 -- the signed receipt, encoded: evidence
  digest        BLOB    NOT NULL      -- over event, dossier, n, manifest, saved_at: what was promised
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_dossier ON outbox (dossier, n);
CREATE INDEX outbox_by_seq ON outbox (epoch, seq);
CREATE INDEX outbox_by_time ON outbox (saved_at, event);

-- Scans that submissions name, and how far each is on its way.
CREATE TABLE blob (
  dossier      BLOB    NOT NULL,
  sha256       BLOB    NOT NULL,
  length       INTEGER NOT NULL,      -- plain bytes, signed in the event
  mime         TEXT    NOT NULL,
  role         TEXT    NOT NULL,
  event        BLOB    NOT NULL,      -- the first submission that names it
  offset       INTEGER NOT NULL DEFAULT 0, -- acknowledged by the portal
  complete_gen INTEGER NOT NULL DEFAULT 0, -- generation in which the portal said complete
  digest       BLOB    NOT NULL,      -- over dossier, sha256, length, mime, role, event
  PRIMARY KEY (dossier, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_by_event ON blob (event);
CREATE INDEX blob_open ON blob (complete_gen, event, length, offset);

-- Receipts for manifests this book does not know (yet): kept, looked at when it does.
CREATE TABLE receipt_kept (
  manifest BLOB NOT NULL PRIMARY KEY,
  dossier  BLOB NOT NULL,
  body     BLOB NOT NULL              -- encoded, signed
) STRICT, WITHOUT ROWID;

-- The place in the portal's feed. One row, id 1.
CREATE TABLE feed (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  epoch INTEGER NOT NULL,
  pos   INTEGER NOT NULL
) STRICT;

-- Feed pages as the portal signed them, to be sent back to a restored portal.
CREATE TABLE feed_page (
  epoch       INTEGER NOT NULL,
  from_pos    INTEGER NOT NULL,
  to_pos      INTEGER NOT NULL,
  body        BLOB    NOT NULL,       -- sealed under the book's key
  received_at INTEGER NOT NULL,
  PRIMARY KEY (epoch, from_pos)
) STRICT;

-- Feed items of a kind, or with a body, this program does not understand: kept for a later one.
CREATE TABLE feed_kept (
  epoch INTEGER NOT NULL,
  pos   INTEGER NOT NULL,
  kind  TEXT NOT NULL,
  item_key TEXT NOT NULL,
  body  BLOB NOT NULL,                -- sealed under the book's key
  PRIMARY KEY (epoch, pos)
) STRICT;

-- What the portal judged about an event. The latest stands.
CREATE TABLE outcome (
  event  BLOB NOT NULL PRIMARY KEY,
  code   TEXT    NOT NULL,
  detail BLOB    NOT NULL,            -- sealed under the book's key
  at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A draft: what a resident has entered and not yet filed.
CREATE TABLE draft (
  id         BLOB NOT NULL PRIMARY KEY,        -- becomes the dossier's id when filed
  kind       TEXT    NOT NULL CHECK (kind IN ('filing', 'supplement')),
  dossier    BLOB    NOT NULL,        -- equals id for a filing
  n          INTEGER NOT NULL,        -- of a supplement
  slip       TEXT    NOT NULL UNIQUE, -- the number on a draft slip
  visit      BLOB,                    -- keyed digest of the visit; NULL after it ended
  head       BLOB    NOT NULL,        -- sealed: procedure, case, pack, language, channel
  created_at INTEGER NOT NULL,
  touched_at INTEGER NOT NULL,
  state      TEXT    NOT NULL CHECK (state IN ('open', 'filed', 'expired')),
  filed      BLOB                     -- sealed under the dossier's key: the answer the first Submit gave
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_by_touch ON draft (state, touched_at);

-- One saved value of a draft. The kind and the field's name are the form's, not the resident's.
CREATE TABLE draft_value (
  draft BLOB NOT NULL,
  kind  TEXT NOT NULL,                -- field | person | component | signature
  name  TEXT NOT NULL,
  rev   INTEGER NOT NULL,             -- rises with each save; part of the AAD
  body  BLOB NOT NULL,                -- sealed
  PRIMARY KEY (draft, kind, name)
) STRICT;

-- Scans attached to a draft. The bytes lie in the vault under the draft's dossier.
CREATE TABLE draft_scan (
  draft     BLOB NOT NULL,
  sha256    BLOB NOT NULL,
  rev       INTEGER NOT NULL,
  length    INTEGER NOT NULL,
  added_at  INTEGER NOT NULL,
  body      BLOB NOT NULL,            -- sealed: component, name, mime, length before shrinking
  PRIMARY KEY (draft, sha256)
) STRICT, WITHOUT ROWID;

-- Papers the scanner left (khay giấy), not yet part of a draft.
CREATE TABLE tray (
  id     BLOB NOT NULL PRIMARY KEY,            -- also the vault scope and the key's scope
  sha256 BLOB    NOT NULL UNIQUE,
  length INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  body   BLOB    NOT NULL             -- sealed: name, mime
) STRICT, WITHOUT ROWID;

-- Prepared dossiers by their reference, as a keyed digest.
CREATE TABLE file_reference (
  reference BLOB NOT NULL PRIMARY KEY,
  source    BLOB NOT NULL,            -- SHA-256 of dossier.json
  dossier   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Second facts of a dossier, keyed.
CREATE TABLE second_fact (
  dossier BLOB NOT NULL,
  token   BLOB NOT NULL,
  PRIMARY KEY (dossier, token)
) STRICT, WITHOUT ROWID;

-- Wrong tries to look a number up, whether the number exists or not.
CREATE TABLE attempt (
  id   INTEGER PRIMARY KEY,
  slip TEXT    NOT NULL,
  at   INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_by_slip ON attempt (slip, at);

-- Small states of the agent: its status for the desk, the trusted clock. Not personal.
CREATE TABLE note (
  name TEXT NOT NULL PRIMARY KEY,
  body BLOB    NOT NULL,
  at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows that failed their check. The row itself stays where it is, untouched.
CREATE TABLE quarantine (
  tbl    TEXT NOT NULL,
  id     BLOB NOT NULL,
  reason TEXT NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (tbl, id)
) STRICT, WITHOUT ROWID;
