-- What every filing writes and nobody asks for, again.

-- Receipts of an older generation are looked for among complete submissions only, so
-- one without its scans costs no second index.
DROP INDEX submissions_confirmed;
CREATE INDEX submissions_confirmed ON submissions (commune, generation) WHERE complete_at > 0;

-- Sealed bytes do not compress: PostgreSQL need not try.
{postgres} ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL;
{postgres} ALTER TABLE batches ALTER COLUMN body SET STORAGE EXTERNAL;
{postgres} ALTER TABLE feed ALTER COLUMN body SET STORAGE EXTERNAL;
{postgres} ALTER TABLE cases ALTER COLUMN card SET STORAGE EXTERNAL;
