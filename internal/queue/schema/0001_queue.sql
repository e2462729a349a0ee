-- The office's queue numbers. Nothing here is about a person: no name, no reason, no card.

-- A series is one run of numbers, as a rule one day's.
CREATE TABLE series (
  id       INTEGER PRIMARY KEY AUTOINCREMENT, -- the newest is the one in use; no clock orders them
  day      TEXT NOT NULL,                     -- the office's day when it began, YYYY-MM-DD; '' where the file had to be renewed
  first    INTEGER NOT NULL CHECK (first >= 1), -- the first number of every letter
  cause    TEXT NOT NULL CHECK (cause IN ('day', 'staff', 'renewed')),
  begun_at INTEGER NOT NULL                   -- unix ms of the office's clock, for people to read
) STRICT;

-- A ticket is one number somebody was shown, or would have been if the machine had not stopped.
CREATE TABLE ticket (
  id        INTEGER PRIMARY KEY AUTOINCREMENT, -- rises: the order of arrival, whatever a clock says
  series    INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  letter    TEXT NOT NULL,
  number    INTEGER NOT NULL,
  service   TEXT NOT NULL,             -- the plan's code
  priority  INTEGER NOT NULL,          -- 1: wishes to be called first; why is not kept
  request   TEXT NOT NULL UNIQUE,      -- the screen's random key: asking twice gives one number
  state     TEXT NOT NULL CHECK (state IN ('drawn', 'printing', 'valid', 'called', 'served', 'absent', 'void')),
  by        TEXT NOT NULL DEFAULT '' CHECK (by IN ('', 'printer', 'staff')), -- who made it valid
  prints    INTEGER NOT NULL DEFAULT 0, -- how often it was handed to a printer
  job       TEXT NOT NULL DEFAULT '',   -- the print system's name of the last paper, by which it is asked what came of it
  drawn_at  INTEGER NOT NULL,          -- unix ms of the office's clock, as all times here
  quality   INTEGER NOT NULL,          -- of that clock, as numbered by the room clock
  valid_at  INTEGER NOT NULL DEFAULT 0,
  called_at INTEGER NOT NULL DEFAULT 0, -- the first call
  calls     INTEGER NOT NULL DEFAULT 0,
  counter   INTEGER NOT NULL DEFAULT 0, -- that called it last
  ended_at  INTEGER NOT NULL DEFAULT 0,
  UNIQUE (series, letter, number)      -- the promise itself
) STRICT;
