-- Where a submission lies besides this disk, as the agent noted it. Not a receipt: the four
-- acknowledgements never look here.
CREATE TABLE copy (
  event     BLOB NOT NULL PRIMARY KEY,
  usb_at    INTEGER NOT NULL DEFAULT 0, -- when it was last written whole to a stick and read back
  second_at INTEGER NOT NULL DEFAULT 0  -- when it was found whole in the second place; 0: it is not there
) STRICT, WITHOUT ROWID;
