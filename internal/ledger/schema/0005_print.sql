-- What was handed to a printer and what came of it, so that a second paper says that it is one and a
-- paper nobody saw is not called printed. It stays on this machine and holds no name.

-- A paper on its way to a printer.
CREATE TABLE print_job (
  n          INTEGER PRIMARY KEY AUTOINCREMENT, -- counts up, never given twice
  kind       TEXT NOT NULL,    -- slip, draft_slip, fee_slip, sheet, ticket, …
  subject    TEXT NOT NULL,    -- the number or code on the paper
  copy       INTEGER NOT NULL, -- which print of this paper, from 1; those the print system failed are not counted
  state      TEXT NOT NULL,    -- begun, accepted, printed, failed, unknown
  told_by    TEXT NOT NULL,    -- who said so: desk, system (the print system), person
  job        TEXT NOT NULL,    -- its name at the print system, '' before that took it
  detail     TEXT NOT NULL,    -- the print system's own word, for staff
  begun_at   INTEGER NOT NULL, -- unix ms
  changed_at INTEGER NOT NULL  -- unix ms of the last change of state
) STRICT;
CREATE INDEX print_job_by_subject ON print_job (kind, subject);
CREATE INDEX print_job_by_state ON print_job (state);
