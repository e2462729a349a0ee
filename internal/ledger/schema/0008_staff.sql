-- Who works at this office, and what became of signing in. Nothing of it leaves the machine.

-- The newest roster the province signed for this commune (danh sách cán bộ), one row.
CREATE TABLE roster (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL, -- a later one replaces it, an earlier one never does
  body    BLOB NOT NULL,    -- sealed under the book's key: the signed file as it came
  received_at INTEGER NOT NULL
) STRICT;

-- Wrong guesses at the sign-in. A row is written before a password is checked and dropped when it was
-- right, so that a machine switched off in between has counted.
CREATE TABLE staff_try (
  subject  BLOB NOT NULL PRIMARY KEY, -- keyed digest of the sign-in name; no bytes: any name of this office
  failures INTEGER NOT NULL,          -- since it last went well
  n        INTEGER NOT NULL           -- rises with every try; the rows longest untouched go first
) STRICT;

-- The local journal of signing in, locking and looking (nhật ký), a chain: no row is changed or taken out
-- of the middle without showing.
CREATE TABLE staff_log (
  n      INTEGER PRIMARY KEY, -- from 1, without a gap
  at     INTEGER NOT NULL,    -- unix ms of the office's clock
  entry  BLOB NOT NULL,       -- sealed under the book's key
  digest BLOB NOT NULL        -- SHA-256("bendo staff log" 00, digest of the row before, n, at, entry)
) STRICT;
