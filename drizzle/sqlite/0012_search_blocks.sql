-- Search blocks replace the counts of n-grams over all tasks: hdp_search_blocks has the counts of each stretch of the list
-- (src/db/model/search-block.ts). Changes wait in hdp_uncounted, now with the time that says which block they belong to.
-- The trigram index covers the tails of uuids: terms that begin in the first three characters are found by prefix.
-- The four triggers are those of the migrations `hdp_search` and `hdp_short_terms` with these two changes.
DROP TABLE hdp_short_terms;
--> statement-breakpoint
DROP TABLE hdp_uncounted;
--> statement-breakpoint
CREATE TABLE `hdp_uncounted` (
	`id` integer PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL,
	`uuid` text NOT NULL,
	`program_id` integer,
	`change` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `hdp_search_blocks` (
	`first_position` integer NOT NULL,
	`first_tie` text NOT NULL,
	`version` integer NOT NULL,
	`counts` blob NOT NULL,
	PRIMARY KEY(`first_position`, `first_tie`)
) STRICT;
--> statement-breakpoint
DROP TABLE hdp_uuid_grams;
--> statement-breakpoint
CREATE VIEW hdp_uuid_tails AS SELECT id, iif(length(uuid) = 26 AND uuid NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*', substr(uuid, 4), uuid) AS uuid FROM hdp_tasks;
--> statement-breakpoint
CREATE VIRTUAL TABLE hdp_uuid_grams USING fts5(uuid, content='hdp_uuid_tails', content_rowid='id', tokenize='trigram', detail='none', columnsize=0);
--> statement-breakpoint
DROP TRIGGER hdp_tasks_inserted;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_inserted AFTER INSERT ON hdp_tasks
WHEN NOT EXISTS (SELECT 1 FROM kept_state WHERE part = 'paused') BEGIN
  INSERT INTO list_departures (list, position, tie)
    SELECT list, position, tie FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid;
  UPDATE hdp_programs SET tasks = tasks - (
      SELECT count(*) FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid AND program = hdp_programs.id
    )
    WHERE id IN (SELECT program FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid);
  INSERT INTO hdp_uncounted (created_at, uuid, program_id, change)
    SELECT position, tie, program, -1 FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid;
  INSERT INTO hdp_uuid_grams (hdp_uuid_grams, rowid, uuid)
    SELECT 'delete', task, iif(length(tie) = 26 AND tie NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*', substr(tie, 4), tie) FROM replaced_members
    WHERE inserting = 'hdp ' || NEW.uuid AND task <= (SELECT value FROM kept_state WHERE part = 'uuids');
  DELETE FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid;

  INSERT INTO list_arrivals (list, position, tie) VALUES (json_array('hdp'), NEW.created_at, NEW.uuid);
  INSERT INTO hdp_programs (identity, hash, name, tasks)
    VALUES (json_array(NEW.program_hash, NEW.program_name), NEW.program_hash, NEW.program_name, 1)
    ON CONFLICT (identity) DO UPDATE SET tasks = tasks + 1;
  UPDATE hdp_tasks
    SET program_id = (SELECT id FROM hdp_programs WHERE identity = json_array(NEW.program_hash, NEW.program_name))
    WHERE id = NEW.id;
  INSERT INTO hdp_uncounted (created_at, uuid, program_id, change)
    SELECT created_at, uuid, program_id, 1 FROM hdp_tasks WHERE id = NEW.id;
  INSERT INTO hdp_uuid_grams (rowid, uuid)
    SELECT NEW.id, iif(length(NEW.uuid) = 26 AND NEW.uuid NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*', substr(NEW.uuid, 4), NEW.uuid) WHERE NEW.id <= (SELECT value FROM kept_state WHERE part = 'uuids');
END;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_moved;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_moved AFTER UPDATE OF created_at ON hdp_tasks WHEN NEW.created_at IS NOT OLD.created_at BEGIN
  INSERT INTO list_departures (list, position, tie) VALUES (json_array('hdp'), OLD.created_at, OLD.uuid);
  INSERT INTO list_arrivals (list, position, tie) VALUES (json_array('hdp'), NEW.created_at, NEW.uuid);
  INSERT INTO hdp_uncounted (created_at, uuid, program_id, change)
    VALUES (OLD.created_at, OLD.uuid, OLD.program_id, -1), (NEW.created_at, NEW.uuid, OLD.program_id, 1);
END;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_programmed;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_programmed AFTER UPDATE OF program_hash, program_name ON hdp_tasks
WHEN (NEW.program_hash, NEW.program_name) IS NOT (OLD.program_hash, OLD.program_name) BEGIN
  UPDATE hdp_programs SET tasks = tasks - 1 WHERE id = OLD.program_id;
  INSERT INTO hdp_uncounted (created_at, uuid, program_id, change)
    VALUES (NEW.created_at, OLD.uuid, OLD.program_id, -1);
  INSERT INTO hdp_programs (identity, hash, name, tasks)
    VALUES (json_array(NEW.program_hash, NEW.program_name), NEW.program_hash, NEW.program_name, 1)
    ON CONFLICT (identity) DO UPDATE SET tasks = tasks + 1;
  UPDATE hdp_tasks
    SET program_id = (SELECT id FROM hdp_programs WHERE identity = json_array(NEW.program_hash, NEW.program_name))
    WHERE id = NEW.id;
  INSERT INTO hdp_uncounted (created_at, uuid, program_id, change)
    SELECT created_at, uuid, program_id, 1 FROM hdp_tasks WHERE id = NEW.id;
END;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_deleted;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_deleted AFTER DELETE ON hdp_tasks BEGIN
  INSERT INTO list_departures (list, position, tie) VALUES (json_array('hdp'), OLD.created_at, OLD.uuid);
  UPDATE hdp_programs SET tasks = tasks - 1 WHERE id = OLD.program_id;
  INSERT INTO hdp_uncounted (created_at, uuid, program_id, change)
    VALUES (OLD.created_at, OLD.uuid, OLD.program_id, -1);
  INSERT INTO hdp_uuid_grams (hdp_uuid_grams, rowid, uuid)
    SELECT 'delete', OLD.id, iif(length(OLD.uuid) = 26 AND OLD.uuid NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*', substr(OLD.uuid, 4), OLD.uuid) WHERE OLD.id <= (SELECT value FROM kept_state WHERE part = 'uuids');
END;
--> statement-breakpoint
UPDATE kept_state SET value = 0 WHERE part = 'uuids';
--> statement-breakpoint
DELETE FROM kept_state WHERE part = 'short_terms';
--> statement-breakpoint
INSERT INTO kept_state (part, value) SELECT 'search_blocks', NOT EXISTS (SELECT 1 FROM hdp_tasks) UNION ALL SELECT 'search_version', 0;
