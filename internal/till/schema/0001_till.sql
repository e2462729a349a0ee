-- The office's cash book: lines that are added and never changed. Nobody's name is in it; what staff
-- write in words is sealed. "digest" is a SHA-256 over all other columns of the line and the digest of
-- the one before: a line that is changed, taken out or put in breaks the chain from there on.

-- The key of the sealed texts, wrapped by the office's key. One row, id 1.
CREATE TABLE secret (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  wrapped BLOB NOT NULL
) STRICT;

-- A line of the cash book.
CREATE TABLE line (
  number    INTEGER PRIMARY KEY AUTOINCREMENT, -- rises without a gap
  request   TEXT    NOT NULL UNIQUE,  -- the screen's random key: asking twice writes one line
  shift     INTEGER NOT NULL,         -- the number of the line that opened it; its own for such a line
  drawer    INTEGER NOT NULL CHECK (drawer >= 1),
  kind      TEXT    NOT NULL CHECK (kind IN ('opening', 'fee', 'refund', 'deposit', 'closing')),
  means     TEXT    NOT NULL CHECK (means IN ('cash', 'transfer')),
  amount    INTEGER NOT NULL CHECK (amount >= 0), -- đồng; what it does to the drawer follows from the kind
  receipt   INTEGER UNIQUE,           -- of a fee: the number of its provisional receipt, from 1 without a gap
  dossier   BLOB    NOT NULL,         -- 16 bytes, or none
  procedure TEXT    NOT NULL,
  listed    INTEGER,                  -- what the catalogue asks; NULL where it states nothing
  of        INTEGER REFERENCES line (number), -- of a refund: the fee
  actor     TEXT    NOT NULL,         -- of the roster, never a name
  at        INTEGER NOT NULL,         -- unix ms of the office's clock
  texts     BLOB    NOT NULL,         -- sealed: ground, evidence, reference, reason
  digest    BLOB    NOT NULL
) STRICT;
CREATE INDEX line_by_shift ON line (shift, number);
CREATE INDEX line_by_drawer ON line (drawer, number);
CREATE INDEX line_by_dossier ON line (dossier, number);

-- The electronic receipt that took the place of a provisional one. Not a line: it comes later, from
-- another system, and says nothing about the drawer.
CREATE TABLE e_receipt (
  line   INTEGER PRIMARY KEY REFERENCES line (number),
  form   TEXT    NOT NULL,            -- mẫu số
  symbol TEXT    NOT NULL,            -- ký hiệu
  number TEXT    NOT NULL,
  actor  TEXT    NOT NULL,
  at     INTEGER NOT NULL,            -- when it was noted
  UNIQUE (form, symbol, number)
) STRICT;
