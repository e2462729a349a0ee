-- Beside it what did not follow the schema that the portal of that day knew: a newer program may have said
-- more under a name that was known already.
CREATE INDEX events_undecodable ON events (commune, device) WHERE state = 'undecodable';
