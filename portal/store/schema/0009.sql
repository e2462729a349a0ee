-- What a newer program of a machine wrote and the portal of that day could not read: few rows, looked for
-- whenever a portal starts.
CREATE INDEX events_unread ON events (commune, device) WHERE state = 'unsupported';
