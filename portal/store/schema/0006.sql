-- Submissions without a receipt are looked through once a minute for receipts that are due. They are
-- few at any time; all submissions are millions after some years.
CREATE INDEX submissions_open ON submissions (received_at) WHERE complete_at = 0;
