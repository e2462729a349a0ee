-- What a delivery promises of its scans, beside their digests in blobs: a scan has a row in the
-- table blobs from its first byte on. NULL in rows older than this column, whose scans all have one.
ALTER TABLE submissions ADD COLUMN promised {bytes};
