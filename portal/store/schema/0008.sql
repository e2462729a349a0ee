-- What residents rated, as folded: one row per dossier or visit. It holds no name and no number of a
-- slip; what was signed lies sealed in events.
CREATE TABLE ratings (
    commune     {text} NOT NULL,
    dossier     {bytes} NOT NULL,           -- of a visit: an id of its own
    visit       {int} NOT NULL,             -- 1: of a visit
    score       {int} NOT NULL,             -- 1 (very dissatisfied) to 5
    reasons     {text} NOT NULL,            -- codes with spaces between
    given_at    {int} NOT NULL,             -- the office's clock
    received_at {int} NOT NULL,             -- of the first one; a later change does not move it
    changes     {int} NOT NULL,             -- how often it was given anew before it left
    PRIMARY KEY (commune, dossier)
){strict};
CREATE INDEX ratings_received ON ratings (commune, received_at);
