-- What a herd of machines asks again and again must not walk through a table, and
-- what every filing writes is one row where one row is enough.

-- Whether this book has sent a scan already. Only complete ones are asked for, so
-- that noting an expected scan costs no second index.
CREATE INDEX blobs_by_digest ON blobs (commune, sha256) WHERE complete_at > 0;

-- A keyed item pushes out the older ones of its key.
CREATE INDEX feed_keys ON feed (commune, item_key) WHERE item_key <> '';

-- The digests of a submission's scans, 32 bytes each. NULL in rows older than this
-- column: theirs stand in submission_blobs, to which nothing is added any more.
ALTER TABLE submissions ADD COLUMN blobs {bytes};

-- A sealed event does not compress, and most are a little over the 2 kB from which
-- PostgreSQL would keep them in a second table.
{postgres} ALTER TABLE events SET (toast_tuple_target = 8160);
