-- The hub's tables: projects and their versions, campaigns of blind votes, limits.
-- Times are Unix seconds; 0 is never. Statements end with a semicolon before an empty line.

-- What addresses are hashed with, so that none is kept. Drawn once, here.
CREATE TABLE secret (value TEXT NOT NULL) STRICT;

INSERT INTO secret (value) VALUES (hex(randomblob(32)));

-- hidden: 1 leaves the gallery after reports, 2 is not shown to anyone but its owner.
CREATE TABLE project (
  id TEXT PRIMARY KEY,
  key_hash TEXT NOT NULL,
  title TEXT NOT NULL,
  source_lang TEXT NOT NULL,
  target_lang TEXT NOT NULL,
  task TEXT NOT NULL,
  licence TEXT NOT NULL,
  note TEXT NOT NULL,
  axes TEXT NOT NULL,
  published INTEGER NOT NULL,
  listed INTEGER NOT NULL,
  hidden INTEGER NOT NULL DEFAULT 0,
  deleting INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

CREATE INDEX project_listed ON project (changed DESC, id) WHERE published = 1 AND listed = 1;

CREATE INDEX project_expires ON project (expires);

-- A version is shown once its file is stored: ready = 1.
CREATE TABLE version (
  project TEXT NOT NULL,
  number INTEGER NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  created INTEGER NOT NULL,
  ready INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (project, number)
) STRICT;

CREATE INDEX version_unready ON version (created) WHERE ready = 0;

-- Names of what was deleted, so that a request that is sent again makes nothing anew.
CREATE TABLE gone (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;

CREATE TABLE report (
  project TEXT NOT NULL,
  reporter TEXT NOT NULL,
  reason TEXT NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (project, reporter)
) STRICT;

-- per_item: votes wanted for each item, 0: of every rater. per_rater: items that one rater
-- is asked, 0: all. deleting: 0 no, 1 yes, 2 it is still being made.
CREATE TABLE campaign (
  id TEXT PRIMARY KEY,
  key_hash TEXT NOT NULL,
  join_hash TEXT NOT NULL,
  title TEXT NOT NULL,
  instructions TEXT NOT NULL,
  source_lang TEXT NOT NULL,
  target_lang TEXT NOT NULL,
  task TEXT NOT NULL,
  systems TEXT NOT NULL,
  identical INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  per_item INTEGER NOT NULL,
  per_rater INTEGER NOT NULL,
  repeats INTEGER NOT NULL,
  checks INTEGER NOT NULL,
  most_raters INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  closed INTEGER NOT NULL DEFAULT 0,
  deleting INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX campaign_expires ON campaign (expires);

-- kind: 0 is an item, 1 an attention check whose first answer is the right one. side
-- decides which answer the first rater sees as A; taken counts raters that were asked.
CREATE TABLE item (
  campaign TEXT NOT NULL,
  number INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  pair TEXT NOT NULL,
  example TEXT NOT NULL,
  first TEXT NOT NULL,
  second TEXT NOT NULL,
  side INTEGER NOT NULL,
  taken INTEGER NOT NULL DEFAULT 0,
  votes INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (campaign, number)
) STRICT;

-- step and start order the items for this rater: (number * step + start) mod 1009.
CREATE TABLE rater (
  id TEXT PRIMARY KEY,
  campaign TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  step INTEGER NOT NULL,
  start INTEGER NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE INDEX rater_campaign ON rater (campaign, created, id);

-- What a rater was asked, in order. kind: 0 an item, 1 an attention check, 2 an item
-- once more with the sides swapped. voted is 0 while the vote is open.
CREATE TABLE slot (
  rater TEXT NOT NULL,
  position INTEGER NOT NULL,
  campaign TEXT NOT NULL,
  item INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  flipped INTEGER NOT NULL,
  given INTEGER NOT NULL,
  voted INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 0,
  change_key TEXT NOT NULL DEFAULT '',
  vote TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (rater, position)
) STRICT;

CREATE UNIQUE INDEX slot_once ON slot (rater, item, kind);

CREATE INDEX slot_open ON slot (campaign, item) WHERE voted = 0;

CREATE INDEX slot_campaign ON slot (campaign, rater, position);

CREATE TRIGGER slot_given AFTER INSERT ON slot WHEN NEW.kind = 0 BEGIN
  UPDATE item SET taken = taken + 1 WHERE campaign = NEW.campaign AND number = NEW.item;
END;

CREATE TRIGGER slot_voted AFTER UPDATE OF voted ON slot WHEN NEW.kind = 0 AND OLD.voted = 0 AND NEW.voted > 0 BEGIN
  UPDATE item SET votes = votes + 1 WHERE campaign = NEW.campaign AND number = NEW.item;
END;

CREATE TRIGGER slot_withdrawn AFTER DELETE ON slot WHEN OLD.kind = 0 BEGIN
  UPDATE item SET taken = taken - 1, votes = votes - (OLD.voted > 0) WHERE campaign = OLD.campaign AND number = OLD.item;
END;

CREATE TABLE quota (bucket TEXT PRIMARY KEY, used INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;

CREATE INDEX quota_until ON quota (until);
