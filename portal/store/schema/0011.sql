-- Of a dossier that is here, what its newer machine said and the portal of that day could not read: folded,
-- and read again by the portal that can.
CREATE INDEX events_half_read ON events (commune, device) WHERE state = 'unread';
