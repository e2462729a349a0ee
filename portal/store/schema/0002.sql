-- What a herd of machines asks again and again must not walk through a table.

-- A scan by its digest: whether this book has sent it already.
CREATE INDEX blobs_by_digest ON blobs (commune, sha256);

-- A keyed item pushes out the older ones of its key.
CREATE INDEX feed_keys ON feed (commune, item_key) WHERE item_key <> '';
