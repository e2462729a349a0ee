-- What an office reported, and the facts its reports are counted from. Nothing here names a person but
-- who issued a report, inside the seal.

-- A report as it was issued (báo cáo đã chốt), then its corrections. No row is ever changed.
CREATE TABLE issued_report (
  report TEXT NOT NULL,    -- register, 06, ii06a, ii07b, qd766, evening
  period TEXT NOT NULL,    -- 2026-11, 2026-Q4, 2026, 2026-11-23 …
  n      INTEGER NOT NULL, -- 0 the report, then its corrections
  at     INTEGER NOT NULL, -- unix ms of the office's clock
  actor  TEXT NOT NULL,    -- roster id of who issued it
  body   BLOB NOT NULL,    -- sealed under the book's key: the figures with the dossiers they count
  PRIMARY KEY (report, period, n)
) STRICT;

-- The facts of a dossier that reports count: times, statuses, codes. They outlive the dossier's key, so
-- that a year can still be reported when what residents wrote is erased.
CREATE TABLE report_case (
  dossier BLOB NOT NULL PRIMARY KEY,
  body    BLOB NOT NULL -- sealed under the book's key
) STRICT;

-- Up to which change of the book the facts go, one row. A salvaged book has none and reads all again.
CREATE TABLE report_mark (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  changed INTEGER NOT NULL, -- of the table summary
  reading INTEGER NOT NULL  -- version of how facts are read off a dossier; another one reads all again
) STRICT;
