-- How long a draft has lain untouched, counted by the sweeps that saw it and not by a date: a wall
-- clock that jumps years ahead and is mended must not cost a draft.

-- Milliseconds counted since the first sweep after the last touch; -1: no sweep has seen it since.
ALTER TABLE draft ADD COLUMN aged INTEGER NOT NULL DEFAULT -1;
CREATE INDEX draft_by_age ON draft (state, aged);
