-- Files in the database itself, for a hub without a store of files beside it.
CREATE TABLE file (name TEXT NOT NULL, part INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (name, part)) STRICT;
