-- What a book needs to lead a restored portal back to it, and to be rebuilt from one.

-- The portal's word for the position a page ends at: two histories differ in it.
ALTER TABLE feed ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_page ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;

-- 1: the bytes are not in this vault; they are fetched from the province.
ALTER TABLE blob ADD COLUMN away INTEGER NOT NULL DEFAULT 0;
CREATE INDEX blob_away ON blob (dossier, sha256) WHERE away = 1;
