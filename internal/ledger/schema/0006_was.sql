-- How large the scans of a submission were before they were made small, so that staff see what the
-- line is spared. A number for people: nothing is decided by it, and a book that was rebuilt from the
-- province has none.
ALTER TABLE outbox ADD COLUMN was INTEGER NOT NULL DEFAULT 0; -- bytes as they came from camera and scanner; 0: not known
