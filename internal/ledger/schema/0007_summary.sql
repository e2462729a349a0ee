-- What the office's index of names is built from when staff sign in: a few facts of each dossier in one
-- small sealed row, so that a whole book is read in seconds. Derived from the dossier's events.

-- A dossier in short. A change of it is a new row in place of the old one.
CREATE TABLE summary (
  changed INTEGER PRIMARY KEY AUTOINCREMENT, -- counts every change of any dossier, never given twice: whoever has read up to a number asks for what is beyond it
  dossier BLOB NOT NULL UNIQUE,
  body    BLOB NOT NULL               -- sealed facts; empty: still to be made from the events
) STRICT;
INSERT INTO summary (dossier, body) SELECT id, x'' FROM dossier;
