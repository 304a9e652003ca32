-- What a search for one or two characters rests on.
-- hdp_short_terms has, for each such term, the number of tasks that hold it in their uuid but not in their program. Only
-- the program can fold a program's texts (as Unicode has it), so the triggers note in hdp_uncounted which uuid came to
-- which program, or left it; search counts these one by one until the program has counted them in. The three triggers
-- are those of the migration `hdp_search`, with the noting added.
CREATE TABLE `hdp_short_terms` (
	`term` text PRIMARY KEY NOT NULL,
	`tasks` integer NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `hdp_uncounted` (
	`id` integer PRIMARY KEY NOT NULL,
	`uuid` text NOT NULL,
	`program_id` integer,
	`change` integer NOT NULL
) STRICT;
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
  INSERT INTO hdp_uncounted (uuid, program_id, change)
    SELECT tie, program, -1 FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid;
  INSERT INTO hdp_uuid_grams (hdp_uuid_grams, rowid, uuid)
    SELECT 'delete', task, tie FROM replaced_members
    WHERE inserting = 'hdp ' || NEW.uuid AND task <= (SELECT value FROM kept_state WHERE part = 'uuids');
  DELETE FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid;

  INSERT INTO list_arrivals (list, position, tie) VALUES (json_array('hdp'), NEW.created_at, NEW.uuid);
  INSERT INTO hdp_programs (identity, hash, name, tasks)
    VALUES (json_array(NEW.program_hash, NEW.program_name), NEW.program_hash, NEW.program_name, 1)
    ON CONFLICT (identity) DO UPDATE SET tasks = tasks + 1;
  UPDATE hdp_tasks
    SET program_id = (SELECT id FROM hdp_programs WHERE identity = json_array(NEW.program_hash, NEW.program_name))
    WHERE id = NEW.id;
  INSERT INTO hdp_uncounted (uuid, program_id, change) SELECT uuid, program_id, 1 FROM hdp_tasks WHERE id = NEW.id;
  INSERT INTO hdp_uuid_grams (rowid, uuid)
    SELECT NEW.id, NEW.uuid WHERE NEW.id <= (SELECT value FROM kept_state WHERE part = 'uuids');
END;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_programmed;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_programmed AFTER UPDATE OF program_hash, program_name ON hdp_tasks
WHEN (NEW.program_hash, NEW.program_name) IS NOT (OLD.program_hash, OLD.program_name) BEGIN
  UPDATE hdp_programs SET tasks = tasks - 1 WHERE id = OLD.program_id;
  INSERT INTO hdp_uncounted (uuid, program_id, change) VALUES (OLD.uuid, OLD.program_id, -1);
  INSERT INTO hdp_programs (identity, hash, name, tasks)
    VALUES (json_array(NEW.program_hash, NEW.program_name), NEW.program_hash, NEW.program_name, 1)
    ON CONFLICT (identity) DO UPDATE SET tasks = tasks + 1;
  UPDATE hdp_tasks
    SET program_id = (SELECT id FROM hdp_programs WHERE identity = json_array(NEW.program_hash, NEW.program_name))
    WHERE id = NEW.id;
  INSERT INTO hdp_uncounted (uuid, program_id, change) SELECT uuid, program_id, 1 FROM hdp_tasks WHERE id = NEW.id;
END;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_deleted;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_deleted AFTER DELETE ON hdp_tasks BEGIN
  INSERT INTO list_departures (list, position, tie) VALUES (json_array('hdp'), OLD.created_at, OLD.uuid);
  UPDATE hdp_programs SET tasks = tasks - 1 WHERE id = OLD.program_id;
  INSERT INTO hdp_uncounted (uuid, program_id, change) VALUES (OLD.uuid, OLD.program_id, -1);
  INSERT INTO hdp_uuid_grams (hdp_uuid_grams, rowid, uuid)
    SELECT 'delete', OLD.id, OLD.uuid WHERE OLD.id <= (SELECT value FROM kept_state WHERE part = 'uuids');
END;
--> statement-breakpoint
INSERT INTO kept_state (part, value) SELECT 'short_terms', NOT EXISTS (SELECT 1 FROM hdp_tasks);
