-- How many dossiers of an office are in which state, and the newest of them, without
-- walking past their sealed cards.
CREATE INDEX cases_lines ON cases (commune, received_at, dossier, slip, official_code, procedure_code, state, revision);
DROP INDEX cases_inbox;
