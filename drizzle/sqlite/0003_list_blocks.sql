-- Totals and deep pages without counting or skipping rows.
-- A list is the rows of one filter in order. It is cut into blocks, and a row belongs to the last block that begins at
-- or before it. Inserting into list_arrivals or list_departures counts one row into or out of its block. A row beyond
-- the end of a full last block begins a new block, as does one before a full first block; a block that grows in the
-- middle stays exact, and the program cuts it (lists.ts). The views *_members say which lists a row is in.
-- Nothing here needs more than the sqlite3 shell has: whoever writes, the counts are right when the transaction ends.
CREATE VIEW list_arrivals AS SELECT list, first_position AS position, first_tie AS tie FROM list_blocks WHERE 0;
--> statement-breakpoint
CREATE VIEW list_departures AS SELECT list, first_position AS position, first_tie AS tie FROM list_blocks WHERE 0;
--> statement-breakpoint
CREATE TRIGGER list_arrival INSTEAD OF INSERT ON list_arrivals BEGIN
  INSERT INTO list_blocks (list, first_position, first_tie, last_position, last_tie, size)
    SELECT NEW.list, NEW.position, NEW.tie, NEW.position, NEW.tie, 0
    WHERE coalesce((
        SELECT size >= 4096 AND (last_position, last_tie) < (NEW.position, NEW.tie) FROM list_blocks
        WHERE list = NEW.list ORDER BY first_position DESC, first_tie DESC LIMIT 1
      ), 1)
      OR (
        SELECT size >= 4096 AND (first_position, first_tie) > (NEW.position, NEW.tie) FROM list_blocks
        WHERE list = NEW.list ORDER BY first_position, first_tie LIMIT 1
      );
  UPDATE list_blocks SET first_position = NEW.position, first_tie = NEW.tie
    WHERE list = NEW.list AND (first_position, first_tie) > (NEW.position, NEW.tie) AND (first_position, first_tie) = (
      SELECT first_position, first_tie FROM list_blocks WHERE list = NEW.list ORDER BY first_position, first_tie LIMIT 1
    );
  UPDATE list_blocks SET
      size = size + 1,
      last_position = iif((last_position, last_tie) < (NEW.position, NEW.tie), NEW.position, last_position),
      last_tie = iif((last_position, last_tie) < (NEW.position, NEW.tie), NEW.tie, last_tie)
    WHERE list = NEW.list AND (first_position, first_tie) = (
      SELECT first_position, first_tie FROM list_blocks
      WHERE list = NEW.list AND (first_position, first_tie) <= (NEW.position, NEW.tie)
      ORDER BY first_position DESC, first_tie DESC LIMIT 1
    );
END;
--> statement-breakpoint
CREATE TRIGGER list_departure INSTEAD OF INSERT ON list_departures BEGIN
  UPDATE list_blocks SET size = size - 1
    WHERE list = NEW.list AND (first_position, first_tie) = (
      SELECT first_position, first_tie FROM list_blocks
      WHERE list = NEW.list AND (first_position, first_tie) <= (NEW.position, NEW.tie)
      ORDER BY first_position DESC, first_tie DESC LIMIT 1
    );
  DELETE FROM list_blocks
    WHERE list = NEW.list AND size = 0 AND (first_position, first_tie) = (
      SELECT first_position, first_tie FROM list_blocks
      WHERE list = NEW.list AND (first_position, first_tie) <= (NEW.position, NEW.tie)
      ORDER BY first_position DESC, first_tie DESC LIMIT 1
    );
END;
--> statement-breakpoint
CREATE VIEW services_filters (by_status, by_action, by_campaign) AS
  VALUES (0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0), (0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 1);
--> statement-breakpoint
CREATE VIEW services_members AS
  SELECT id AS task,
    json_array('services', chain, iif(by_status, status, NULL), iif(by_action, action, NULL), iif(by_campaign, campaign, NULL)) AS list,
    id AS position, '' AS tie
  FROM services_tasks, services_filters
  WHERE (NOT by_action OR action IS NOT NULL) AND (NOT by_campaign OR campaign IS NOT NULL);
--> statement-breakpoint
CREATE TRIGGER services_tasks_identity BEFORE UPDATE OF id ON services_tasks WHEN NEW.id IS NOT OLD.id BEGIN
  SELECT RAISE(ABORT, 'a task keeps its id');
END;
--> statement-breakpoint
CREATE TRIGGER services_tasks_replacing BEFORE INSERT ON services_tasks
WHEN NOT EXISTS (SELECT 1 FROM kept_state WHERE part = 'paused') BEGIN
  DELETE FROM replaced_members WHERE inserting = 'services ' || NEW.id;
  INSERT INTO replaced_members (inserting, list, position, tie)
    SELECT 'services ' || NEW.id, list, position, tie FROM services_members WHERE task = NEW.id;
END;
--> statement-breakpoint
CREATE TRIGGER services_tasks_inserted AFTER INSERT ON services_tasks
WHEN NOT EXISTS (SELECT 1 FROM kept_state WHERE part = 'paused') BEGIN
  INSERT INTO list_departures (list, position, tie)
    SELECT list, position, tie FROM replaced_members WHERE inserting = 'services ' || NEW.id;
  DELETE FROM replaced_members WHERE inserting = 'services ' || NEW.id;
  INSERT INTO list_arrivals (list, position, tie)
    SELECT list, position, tie FROM services_members WHERE task = NEW.id;
END;
--> statement-breakpoint
CREATE TRIGGER services_tasks_updated AFTER UPDATE OF chain, status, target ON services_tasks
WHEN (OLD.chain, OLD.status, OLD.target) IS NOT (NEW.chain, NEW.status, NEW.target) BEGIN
  INSERT INTO list_departures (list, position, tie)
    SELECT json_array('services', OLD.chain, iif(by_status, OLD.status, NULL), iif(by_action, OLD.action, NULL), iif(by_campaign, OLD.campaign, NULL)), OLD.id, ''
    FROM services_filters
    WHERE (NOT by_action OR OLD.action IS NOT NULL) AND (NOT by_campaign OR OLD.campaign IS NOT NULL);
  INSERT INTO list_arrivals (list, position, tie)
    SELECT list, position, tie FROM services_members WHERE task = NEW.id;
END;
--> statement-breakpoint
CREATE TRIGGER services_tasks_deleted AFTER DELETE ON services_tasks BEGIN
  INSERT INTO list_departures (list, position, tie)
    SELECT json_array('services', OLD.chain, iif(by_status, OLD.status, NULL), iif(by_action, OLD.action, NULL), iif(by_campaign, OLD.campaign, NULL)), OLD.id, ''
    FROM services_filters
    WHERE (NOT by_action OR OLD.action IS NOT NULL) AND (NOT by_campaign OR OLD.campaign IS NOT NULL);
END;
--> statement-breakpoint
INSERT INTO kept_state (part, value)
  SELECT 'lists', NOT EXISTS (SELECT 1 FROM services_tasks) AND NOT EXISTS (SELECT 1 FROM hdp_tasks);
