-- Who works at the communes' offices, as the province lists them. A removed member's row stays: events name
-- their actor by its id.
CREATE TABLE staff (
    commune    {text} NOT NULL,
    id         {text} NOT NULL,             -- opaque, never given twice
    login      {text} NOT NULL,
    body       {bytes} NOT NULL,            -- sealed: name, roles, times, verifier
    added_at   {int} NOT NULL,
    changed_at {int} NOT NULL,
    removed_at {int} NOT NULL,              -- 0: still a member
    PRIMARY KEY (commune, id)
){strict};
CREATE UNIQUE INDEX staff_login ON staff (commune, login) WHERE removed_at = 0;
