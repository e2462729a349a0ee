-- One schema for SQLite and PostgreSQL. {int} {text} {bytes} {strict} become
-- the engine's words. The commune leads every key that grows with the work.
-- Times are unix milliseconds, 0 is never. "sealed" means AES-256-GCM under
-- the dossier's key, or the portal's where no dossier is named.

-- Facts of the whole portal: generation, the check of the key, schema version.
CREATE TABLE meta (
    name  {text} PRIMARY KEY,
    value {bytes} NOT NULL
){strict};

-- One-time codes for new machines. The secret itself is not kept.
CREATE TABLE enrol_codes (
    code_hash   {bytes} PRIMARY KEY,          -- HMAC of the 50-bit secret under the portal's key
    commune     {text} NOT NULL,
    office_name {text} NOT NULL,
    created_at  {int} NOT NULL,
    expires_at  {int} NOT NULL,
    used_at     {int} NOT NULL,
    public_key  {bytes},                      -- of the device that used it: its retry gets the same answer
    answer      {bytes},                      -- sealed
    tries       {int} NOT NULL                -- other keys that came with this code
){strict};

-- Machines. A book belongs to one office.
CREATE TABLE devices (
    commune      {text} NOT NULL,
    device       {bytes} NOT NULL,
    book         {bytes} NOT NULL,
    office_name  {text} NOT NULL,
    public_key   {bytes} NOT NULL,            -- Ed25519
    status       {text} NOT NULL,             -- active, suspended, revoked
    epoch        {int} NOT NULL,              -- the newest epoch granted
    slip_prefix  {text} NOT NULL,             -- of that epoch
    suspected    {int} NOT NULL,              -- 1: a clone was seen and IT has not decided
    enrolled_at  {int} NOT NULL,
    last_seen_at {int} NOT NULL,
    blob_session {int} NOT NULL,              -- the newest one issued
    hello_count  {int} NOT NULL,              -- the last signed hello: an older one is a replay
    boot         {bytes} NOT NULL,            -- ids of the agent's runs, 16 bytes each, the latest last
    PRIMARY KEY (commune, device)
){strict};

-- Where a device lives: it introduces itself by its number alone.
CREATE TABLE device_homes (
    device  {bytes} PRIMARY KEY,
    commune {text} NOT NULL
){strict};

-- Slip prefixes ever given out; never given again.
CREATE TABLE slip_prefixes (
    prefix    {text} PRIMARY KEY,
    commune   {text} NOT NULL,
    device    {bytes} NOT NULL,
    epoch     {int} NOT NULL,
    issued_at {int} NOT NULL
){strict};

-- The cursor of each log. applied moves in the transaction of its events.
CREATE TABLE logs (
    commune {text} NOT NULL,
    device  {bytes} NOT NULL,
    epoch   {int} NOT NULL,
    applied {int} NOT NULL,
    head    {bytes} NOT NULL,
    frozen  {int} NOT NULL,                   -- 1: a fork was seen, nothing more is taken on this log
    PRIMARY KEY (commune, device, epoch)
){strict};

-- The batches as they came, for giving a book its own log back.
CREATE TABLE batches (
    commune     {text} NOT NULL,
    device      {bytes} NOT NULL,
    epoch       {int} NOT NULL,
    first       {int} NOT NULL,
    count       {int} NOT NULL,
    received_at {int} NOT NULL,
    body        {bytes} NOT NULL,             -- sealed wire bytes
    PRIMARY KEY (commune, device, epoch, first)
){strict};

-- Every signed event, folded or not. The same id with other bytes is a second row.
CREATE TABLE events (
    commune        {text} NOT NULL,
    event          {bytes} NOT NULL,
    payload_digest {bytes} NOT NULL,
    dossier        {bytes} NOT NULL,
    author         {text} NOT NULL,           -- book:ID or province
    device         {bytes} NOT NULL,          -- empty for the province
    epoch          {int} NOT NULL,
    seq            {int} NOT NULL,
    type           {text} NOT NULL,
    at             {int} NOT NULL,            -- by the author's clock
    received_at    {int} NOT NULL,
    state          {text} NOT NULL,           -- folded, or the code of the outcome
    body           {bytes} NOT NULL,          -- sealed: header, salt, payload
    PRIMARY KEY (commune, event, payload_digest)
){strict};
CREATE INDEX events_of_dossier ON events (commune, dossier, received_at);

-- What the officers work on: a projection of the folded events.
CREATE TABLE cases (
    commune       {text} NOT NULL,
    dossier       {bytes} NOT NULL,
    slip          {text} NOT NULL,            -- 14 digits
    book          {bytes} NOT NULL,           -- that filed it
    procedure_code {text} NOT NULL,
    official_code {text} NOT NULL,            -- empty until one is issued
    state         {text} NOT NULL,            -- business status
    national_code {int} NOT NULL,
    received_at   {int} NOT NULL,
    due_at        {int} NOT NULL,
    due_calendar  {text} NOT NULL,            -- version of the calendar that gave due_at
    revision      {int} NOT NULL,             -- one more with every change; who writes on an old one is told
    fold_version  {int} NOT NULL,
    card          {bytes} NOT NULL,           -- sealed: name, reference, source digest
    PRIMARY KEY (commune, dossier)
){strict};
CREATE UNIQUE INDEX cases_slip ON cases (commune, slip);
CREATE INDEX cases_inbox ON cases (commune, received_at);

-- A submission (the first one or a supplement) and its completeness.
CREATE TABLE submissions (
    commune     {text} NOT NULL,
    dossier     {bytes} NOT NULL,
    event       {bytes} NOT NULL,
    manifest    {bytes} NOT NULL,
    received_at {int} NOT NULL,
    complete_at {int} NOT NULL,
    generation  {int} NOT NULL,               -- under which the receipt was last given
    PRIMARY KEY (commune, dossier, event)
){strict};
CREATE INDEX submissions_confirmed ON submissions (commune, generation);

CREATE TABLE submission_blobs (
    commune {text} NOT NULL,
    dossier {bytes} NOT NULL,
    event   {bytes} NOT NULL,
    sha256  {bytes} NOT NULL,
    PRIMARY KEY (commune, dossier, event, sha256)
){strict};

-- Scans: expected by a signed event, partial while they arrive.
CREATE TABLE blobs (
    commune     {text} NOT NULL,
    dossier     {bytes} NOT NULL,
    sha256      {bytes} NOT NULL,
    length      {int} NOT NULL,               -- from the signed event
    mime        {text} NOT NULL,
    role        {text} NOT NULL,
    book        {bytes} NOT NULL,             -- that promised it; only it may send it
    session     {int} NOT NULL,               -- the newest session seen; older ones are refused
    size        {int} NOT NULL,               -- durable plain bytes
    file_size   {int} NOT NULL,               -- sealed bytes that the file must have
    complete_at {int} NOT NULL,               -- 0, or when length and digest were verified
    PRIMARY KEY (commune, dossier, sha256)
){strict};

-- One key per dossier, wrapped by the portal's: dropping it erases the dossier.
CREATE TABLE dossier_keys (
    commune {text} NOT NULL,
    dossier {bytes} NOT NULL,
    wrapped {bytes} NOT NULL,
    PRIMARY KEY (commune, dossier)
){strict};

-- What a commune has to know, in order.
CREATE TABLE feed_heads (
    commune {text} PRIMARY KEY,
    head    {int} NOT NULL,
    ended   {int} NOT NULL                    -- where the feed of the generation before this one ended
){strict};
CREATE TABLE feed (
    commune {text} NOT NULL,
    pos     {int} NOT NULL,
    kind    {text} NOT NULL,
    item_key {text} NOT NULL,
    made_at {int} NOT NULL,
    body    {bytes} NOT NULL,                 -- sealed
    PRIMARY KEY (commune, pos)
){strict};

-- Items taken back from devices after the portal lost its end (echo).
CREATE TABLE echoes (
    commune    {text} NOT NULL,
    epoch      {int} NOT NULL,
    pos        {int} NOT NULL,
    digest     {bytes} NOT NULL,
    device     {bytes} NOT NULL,
    taken_at   {int} NOT NULL,
    body       {bytes} NOT NULL,              -- sealed
    PRIMARY KEY (commune, epoch, pos, digest)
){strict};

-- People of the province who sign in. There is no default account.
CREATE TABLE users (
    name       {text} PRIMARY KEY,
    office     {text} NOT NULL,
    role       {text} NOT NULL,               -- officer, it, leader
    hash       {text} NOT NULL,               -- argon2id
    created_at {int} NOT NULL
){strict};
CREATE TABLE sessions (
    token_hash {bytes} PRIMARY KEY,
    user_name  {text} NOT NULL,
    created_at {int} NOT NULL,
    seen_at    {int} NOT NULL
){strict};

-- Wrong tries, kept so that a restart forgives nobody.
CREATE TABLE tries (
    scope    {text} NOT NULL,
    who      {bytes} NOT NULL,                -- HMAC: no names, no addresses in clear
    fails    {int} NOT NULL,
    since    {int} NOT NULL,
    until_at {int} NOT NULL,
    PRIMARY KEY (scope, who)
){strict};

-- Counters of official codes per agency and day.
CREATE TABLE official_numbers (
    commune {text} NOT NULL,
    day     {text} NOT NULL,
    last    {int} NOT NULL,
    PRIMARY KEY (commune, day)
){strict};

-- Who of the province signed in and looked at what. Each row carries the digest
-- over the one before, so that a row cannot be taken out or changed unseen.
CREATE TABLE journal (
    office  {text} NOT NULL,
    n       {int} NOT NULL,                   -- from 1, without a gap
    at      {int} NOT NULL,
    who     {text} NOT NULL,                  -- sign-in name
    act     {text} NOT NULL,                  -- signed_in, viewed, viewed_scan
    dossier {bytes} NOT NULL,                 -- empty where none is concerned
    digest  {bytes} NOT NULL,
    PRIMARY KEY (office, n)
){strict};
