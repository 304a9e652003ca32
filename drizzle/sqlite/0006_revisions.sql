-- What an answer rests on, so that one that is kept need not be made anew for a change of other tasks. Each change of a
-- row raises the number of its scope; while an import has paused the counting, it raises that of `all` once instead.
CREATE TABLE `revisions` (
	`scope` text PRIMARY KEY NOT NULL,
	`number` integer NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO revisions (scope, number) VALUES ('all', 0), ('access', 0), ('hdp', 0);
--> statement-breakpoint
-- Before: an insert may replace a task of another chain, and fires no delete trigger then.
CREATE TRIGGER services_tasks_revised_by_insert BEFORE INSERT ON services_tasks
WHEN NOT EXISTS (SELECT 1 FROM kept_state WHERE part = 'paused') BEGIN
  INSERT INTO revisions (scope, number)
    SELECT 'services ' || NEW.chain, 0 WHERE NOT EXISTS (SELECT 1 FROM revisions WHERE scope = 'services ' || NEW.chain);
  UPDATE revisions SET number = number + 1 WHERE scope = 'services ' || NEW.chain;
  UPDATE revisions SET number = number + 1
    WHERE scope = (SELECT 'services ' || chain FROM services_tasks WHERE id = NEW.id);
END;
--> statement-breakpoint
CREATE TRIGGER services_tasks_revised_by_update AFTER UPDATE ON services_tasks BEGIN
  INSERT INTO revisions (scope, number)
    SELECT 'services ' || NEW.chain, 0 WHERE NOT EXISTS (SELECT 1 FROM revisions WHERE scope = 'services ' || NEW.chain);
  UPDATE revisions SET number = number + 1 WHERE scope IN ('services ' || OLD.chain, 'services ' || NEW.chain);
END;
--> statement-breakpoint
CREATE TRIGGER services_tasks_revised_by_delete AFTER DELETE ON services_tasks BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'services ' || OLD.chain;
END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_revised_by_insert AFTER INSERT ON hdp_tasks
WHEN NOT EXISTS (SELECT 1 FROM kept_state WHERE part = 'paused') BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'hdp';
END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_revised_by_update AFTER UPDATE ON hdp_tasks BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'hdp';
END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_revised_by_delete AFTER DELETE ON hdp_tasks BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'hdp';
END;
--> statement-breakpoint
CREATE TRIGGER access_tokens_revised_by_insert AFTER INSERT ON access_tokens BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'access';
END;
--> statement-breakpoint
CREATE TRIGGER access_tokens_revised_by_update AFTER UPDATE ON access_tokens BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'access';
END;
--> statement-breakpoint
CREATE TRIGGER access_tokens_revised_by_delete AFTER DELETE ON access_tokens BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'access';
END;
--> statement-breakpoint
CREATE TRIGGER admin_access_revised_by_insert AFTER INSERT ON admin_access BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'access';
END;
--> statement-breakpoint
CREATE TRIGGER admin_access_revised_by_update AFTER UPDATE ON admin_access BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'access';
END;
--> statement-breakpoint
CREATE TRIGGER admin_access_revised_by_delete AFTER DELETE ON admin_access BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'access';
END;
--> statement-breakpoint
CREATE TRIGGER admin_sessions_revised_by_insert AFTER INSERT ON admin_sessions BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'access';
END;
--> statement-breakpoint
CREATE TRIGGER admin_sessions_revised_by_update AFTER UPDATE ON admin_sessions BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'access';
END;
--> statement-breakpoint
CREATE TRIGGER admin_sessions_revised_by_delete AFTER DELETE ON admin_sessions BEGIN
  UPDATE revisions SET number = number + 1 WHERE scope = 'access';
END;
