-- The number of a scope is random instead of a counter: a restored file may count up to a number that was seen before, with
-- other content behind it. Below 2^50, so that a sum of a few numbers stays exact.
DROP TRIGGER services_tasks_revised_by_insert;
--> statement-breakpoint
CREATE TRIGGER services_tasks_revised_by_insert BEFORE INSERT ON services_tasks
WHEN NOT EXISTS (SELECT 1 FROM kept_state WHERE part = 'paused') BEGIN
  INSERT INTO revisions (scope, number)
    SELECT 'services ' || NEW.chain, 0 WHERE NOT EXISTS (SELECT 1 FROM revisions WHERE scope = 'services ' || NEW.chain);
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'services ' || NEW.chain;
  UPDATE revisions SET number = (random() & 1125899906842623)
    WHERE scope = (SELECT 'services ' || chain FROM services_tasks WHERE id = NEW.id);
END;
--> statement-breakpoint
DROP TRIGGER services_tasks_revised_by_update;
--> statement-breakpoint
CREATE TRIGGER services_tasks_revised_by_update AFTER UPDATE ON services_tasks BEGIN
  INSERT INTO revisions (scope, number)
    SELECT 'services ' || NEW.chain, 0 WHERE NOT EXISTS (SELECT 1 FROM revisions WHERE scope = 'services ' || NEW.chain);
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope IN ('services ' || OLD.chain, 'services ' || NEW.chain);
END;
--> statement-breakpoint
DROP TRIGGER services_tasks_revised_by_delete;
--> statement-breakpoint
CREATE TRIGGER services_tasks_revised_by_delete AFTER DELETE ON services_tasks BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'services ' || OLD.chain;
END;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_revised_by_insert;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_revised_by_insert AFTER INSERT ON hdp_tasks
WHEN NOT EXISTS (SELECT 1 FROM kept_state WHERE part = 'paused') BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'hdp';
END;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_revised_by_update;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_revised_by_update AFTER UPDATE ON hdp_tasks BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'hdp';
END;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_revised_by_delete;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_revised_by_delete AFTER DELETE ON hdp_tasks BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'hdp';
END;
--> statement-breakpoint
DROP TRIGGER access_tokens_revised_by_insert;
--> statement-breakpoint
CREATE TRIGGER access_tokens_revised_by_insert AFTER INSERT ON access_tokens BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'access';
END;
--> statement-breakpoint
DROP TRIGGER access_tokens_revised_by_update;
--> statement-breakpoint
CREATE TRIGGER access_tokens_revised_by_update AFTER UPDATE ON access_tokens BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'access';
END;
--> statement-breakpoint
DROP TRIGGER access_tokens_revised_by_delete;
--> statement-breakpoint
CREATE TRIGGER access_tokens_revised_by_delete AFTER DELETE ON access_tokens BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'access';
END;
--> statement-breakpoint
DROP TRIGGER admin_access_revised_by_insert;
--> statement-breakpoint
CREATE TRIGGER admin_access_revised_by_insert AFTER INSERT ON admin_access BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'access';
END;
--> statement-breakpoint
DROP TRIGGER admin_access_revised_by_update;
--> statement-breakpoint
CREATE TRIGGER admin_access_revised_by_update AFTER UPDATE ON admin_access BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'access';
END;
--> statement-breakpoint
DROP TRIGGER admin_access_revised_by_delete;
--> statement-breakpoint
CREATE TRIGGER admin_access_revised_by_delete AFTER DELETE ON admin_access BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'access';
END;
--> statement-breakpoint
DROP TRIGGER admin_sessions_revised_by_insert;
--> statement-breakpoint
CREATE TRIGGER admin_sessions_revised_by_insert AFTER INSERT ON admin_sessions BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'access';
END;
--> statement-breakpoint
DROP TRIGGER admin_sessions_revised_by_update;
--> statement-breakpoint
CREATE TRIGGER admin_sessions_revised_by_update AFTER UPDATE ON admin_sessions BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'access';
END;
--> statement-breakpoint
DROP TRIGGER admin_sessions_revised_by_delete;
--> statement-breakpoint
CREATE TRIGGER admin_sessions_revised_by_delete AFTER DELETE ON admin_sessions BEGIN
  UPDATE revisions SET number = (random() & 1125899906842623) WHERE scope = 'access';
END;
--> statement-breakpoint
UPDATE revisions SET number = (random() & 1125899906842623);
--> statement-breakpoint
-- What a program's row is known by in memory: ids are given out again after a restore, tokens are not.
ALTER TABLE hdp_programs ADD `token` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
UPDATE hdp_programs SET token = (random() & 1125899906842623);
--> statement-breakpoint
CREATE TRIGGER hdp_programs_token AFTER INSERT ON hdp_programs BEGIN
  UPDATE hdp_programs SET token = (random() & 1125899906842623) WHERE id = NEW.id;
END;
--> statement-breakpoint
-- Case folding has changed, and with it which programs hold a short term: the counts are built again.
UPDATE kept_state SET value = NOT EXISTS (SELECT 1 FROM hdp_tasks) WHERE part = 'short_terms';
