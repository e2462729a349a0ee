-- What a portal that was put back from a backup has to remember until it is whole,
-- and what happened to a book whose machine is gone.

-- Every life of the portal: why it began, and where the one before ended.
CREATE TABLE generations (
    generation {int} PRIMARY KEY,
    before_it  {int} NOT NULL,
    began_at   {int} NOT NULL,
    cause      {text} NOT NULL,           -- first, command, witness, ack, feed, grant
    device     {bytes} NOT NULL,          -- that proved it, or empty
    newest_at  {int} NOT NULL             -- the newest fact the database had when it began
){strict};

-- Offices whose official codes are issued although not every machine has echoed.
CREATE TABLE releases (
    commune    {text} NOT NULL,
    generation {int} NOT NULL,
    at         {int} NOT NULL,
    who        {text} NOT NULL,
    PRIMARY KEY (commune, generation)
){strict};

-- Dossiers taken in without an official code because codes were held.
CREATE TABLE codes_owed (
    commune {text} NOT NULL,
    dossier {bytes} NOT NULL,
    at      {int} NOT NULL,
    PRIMARY KEY (commune, dossier)
){strict};

-- Acks that this portal signed before it lost its end, as machines showed them.
CREATE TABLE proofs (
    commune    {text} NOT NULL,
    device     {bytes} NOT NULL,
    epoch      {int} NOT NULL,
    applied    {int} NOT NULL,
    generation {int} NOT NULL,            -- under which it had been signed
    shown_at   {int} NOT NULL,
    PRIMARY KEY (commune, device, epoch)
){strict};

-- What a person of the province's IT must look at, one line for a machine and a code.
CREATE TABLE alarms (
    commune {text} NOT NULL,
    device  {bytes} NOT NULL,
    code    {text} NOT NULL,
    detail  {text} NOT NULL,              -- never a resident's data
    at      {int} NOT NULL,               -- the last time
    times   {int} NOT NULL,
    PRIMARY KEY (commune, device, code)
){strict};

-- Machines that go on with the book of another, which is revoked.
CREATE TABLE replacements (
    commune  {text} NOT NULL,
    device   {bytes} NOT NULL,
    replaced {bytes} NOT NULL,
    at       {int} NOT NULL,
    PRIMARY KEY (commune, device)
){strict};
CREATE TABLE enrol_replaces (
    code_hash {bytes} PRIMARY KEY,
    device    {bytes} NOT NULL
){strict};

-- The generation whose feed a machine reads: it has echoed what it had of older ones.
ALTER TABLE devices ADD COLUMN echoed {int} NOT NULL DEFAULT 0;
ALTER TABLE echoes ADD COLUMN kind {text} NOT NULL DEFAULT '';
