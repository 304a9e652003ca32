-- What the list and the search of HDP tasks rest on.
-- Programs: the distinct pairs of hash and name with the number of tasks of each; a task's program_id says which is its.
-- Uuids: a trigram index of every uuid up to the task id in kept_state 'uuids'. The program moves that mark on (search
-- looks through the few tasks beyond it one by one), so that adding a task does not wait for the index; what happens to
-- tasks below the mark is followed here.
CREATE VIRTUAL TABLE hdp_uuid_grams USING fts5(uuid, content='hdp_tasks', content_rowid='id', tokenize='trigram', detail='none', columnsize=0);
--> statement-breakpoint
CREATE VIEW hdp_members AS
  SELECT id AS task, json_array('hdp') AS list, created_at AS position, uuid AS tie, program_id AS program FROM hdp_tasks;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_identity BEFORE UPDATE OF id, uuid ON hdp_tasks
WHEN (NEW.id, NEW.uuid) IS NOT (OLD.id, OLD.uuid) BEGIN
  SELECT RAISE(ABORT, 'a task keeps its id and uuid');
END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_replacing BEFORE INSERT ON hdp_tasks
WHEN NOT EXISTS (SELECT 1 FROM kept_state WHERE part = 'paused') BEGIN
  DELETE FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid;
  INSERT INTO replaced_members (inserting, list, position, tie, task, program)
    SELECT 'hdp ' || NEW.uuid, list, position, tie, task, program FROM hdp_members
    WHERE task IN (SELECT id FROM hdp_tasks WHERE uuid = NEW.uuid UNION SELECT NEW.id);
END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_inserted AFTER INSERT ON hdp_tasks
WHEN NOT EXISTS (SELECT 1 FROM kept_state WHERE part = 'paused') BEGIN
  INSERT INTO list_departures (list, position, tie)
    SELECT list, position, tie FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid;
  UPDATE hdp_programs SET tasks = tasks - (
      SELECT count(*) FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid AND program = hdp_programs.id
    )
    WHERE id IN (SELECT program FROM replaced_members WHERE inserting = 'hdp ' || NEW.uuid);
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
  INSERT INTO hdp_uuid_grams (rowid, uuid)
    SELECT NEW.id, NEW.uuid WHERE NEW.id <= (SELECT value FROM kept_state WHERE part = 'uuids');
END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_moved AFTER UPDATE OF created_at ON hdp_tasks WHEN NEW.created_at IS NOT OLD.created_at BEGIN
  INSERT INTO list_departures (list, position, tie) VALUES (json_array('hdp'), OLD.created_at, OLD.uuid);
  INSERT INTO list_arrivals (list, position, tie) VALUES (json_array('hdp'), NEW.created_at, NEW.uuid);
END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_programmed AFTER UPDATE OF program_hash, program_name ON hdp_tasks
WHEN (NEW.program_hash, NEW.program_name) IS NOT (OLD.program_hash, OLD.program_name) BEGIN
  UPDATE hdp_programs SET tasks = tasks - 1 WHERE id = OLD.program_id;
  INSERT INTO hdp_programs (identity, hash, name, tasks)
    VALUES (json_array(NEW.program_hash, NEW.program_name), NEW.program_hash, NEW.program_name, 1)
    ON CONFLICT (identity) DO UPDATE SET tasks = tasks + 1;
  UPDATE hdp_tasks
    SET program_id = (SELECT id FROM hdp_programs WHERE identity = json_array(NEW.program_hash, NEW.program_name))
    WHERE id = NEW.id;
END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_deleted AFTER DELETE ON hdp_tasks BEGIN
  INSERT INTO list_departures (list, position, tie) VALUES (json_array('hdp'), OLD.created_at, OLD.uuid);
  UPDATE hdp_programs SET tasks = tasks - 1 WHERE id = OLD.program_id;
  INSERT INTO hdp_uuid_grams (hdp_uuid_grams, rowid, uuid)
    SELECT 'delete', OLD.id, OLD.uuid WHERE OLD.id <= (SELECT value FROM kept_state WHERE part = 'uuids');
END;
--> statement-breakpoint
INSERT INTO kept_state (part, value) SELECT 'programs', NOT EXISTS (SELECT 1 FROM hdp_tasks) UNION ALL SELECT 'uuids', 0;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_program_id BEFORE UPDATE OF program_id ON hdp_tasks
WHEN NEW.program_id IS NOT (SELECT id FROM hdp_programs WHERE identity = json_array(NEW.program_hash, NEW.program_name)) BEGIN
  SELECT RAISE(ABORT, 'program_id follows program_hash and program_name');
END;
