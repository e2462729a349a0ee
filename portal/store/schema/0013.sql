-- Who keeps the dossier: 'province', or 'book:' and the id of an office's book that has not handed it
-- over yet. Empty until the case is folded by a portal that writes it (at its next start).
ALTER TABLE cases ADD COLUMN holder {text} NOT NULL DEFAULT '';
