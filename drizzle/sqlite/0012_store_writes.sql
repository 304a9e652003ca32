-- The store writes derived data itself, in the transaction that changes a task: no trigger computes anything any more.
-- Guards refuse changes by other programs (src/db/sqlite/guard.ts). Derived data is rebuilt after this migration.
DROP TRIGGER list_arrival;
--> statement-breakpoint
DROP TRIGGER list_departure;
--> statement-breakpoint
DROP TRIGGER services_tasks_identity;
--> statement-breakpoint
DROP TRIGGER services_tasks_replacing;
--> statement-breakpoint
DROP TRIGGER services_tasks_inserted;
--> statement-breakpoint
DROP TRIGGER services_tasks_updated;
--> statement-breakpoint
DROP TRIGGER services_tasks_deleted;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_identity;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_replacing;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_inserted;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_moved;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_programmed;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_deleted;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_program_id;
--> statement-breakpoint
DROP TRIGGER services_tasks_given_away;
--> statement-breakpoint
DROP TRIGGER hdp_programs_token;
--> statement-breakpoint
DROP TRIGGER services_tasks_revised_by_insert;
--> statement-breakpoint
DROP TRIGGER services_tasks_revised_by_update;
--> statement-breakpoint
DROP TRIGGER services_tasks_revised_by_delete;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_revised_by_insert;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_revised_by_update;
--> statement-breakpoint
DROP TRIGGER hdp_tasks_revised_by_delete;
--> statement-breakpoint
DROP TRIGGER access_tokens_revised_by_insert;
--> statement-breakpoint
DROP TRIGGER access_tokens_revised_by_update;
--> statement-breakpoint
DROP TRIGGER access_tokens_revised_by_delete;
--> statement-breakpoint
DROP TRIGGER admin_access_revised_by_insert;
--> statement-breakpoint
DROP TRIGGER admin_access_revised_by_update;
--> statement-breakpoint
DROP TRIGGER admin_access_revised_by_delete;
--> statement-breakpoint
DROP TRIGGER admin_sessions_revised_by_insert;
--> statement-breakpoint
DROP TRIGGER admin_sessions_revised_by_update;
--> statement-breakpoint
DROP TRIGGER admin_sessions_revised_by_delete;
--> statement-breakpoint
DROP VIEW list_arrivals;
--> statement-breakpoint
DROP VIEW list_departures;
--> statement-breakpoint
DROP VIEW services_members;
--> statement-breakpoint
DROP VIEW services_filters;
--> statement-breakpoint
DROP VIEW hdp_members;
--> statement-breakpoint
DROP TABLE replaced_members;
--> statement-breakpoint
ALTER TABLE kept_state RENAME TO derived_state;
--> statement-breakpoint
-- The search index: counts per block of the list instead of counts of all n-grams, and trigrams of the tails of uuids.
DROP TABLE hdp_short_terms;
--> statement-breakpoint
DROP TABLE hdp_uncounted;
--> statement-breakpoint
DROP TABLE hdp_uuid_grams;
--> statement-breakpoint
CREATE TABLE `pending_search_changes` (
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
ALTER TABLE own_keys RENAME TO server_secrets;
--> statement-breakpoint
ALTER TABLE revisions RENAME TO scope_versions;
--> statement-breakpoint
ALTER TABLE scope_versions RENAME COLUMN number TO version;
--> statement-breakpoint
-- Rows of tasks that were removed while foreign keys were off.
DELETE FROM services_logs WHERE task NOT IN (SELECT id FROM services_tasks);
--> statement-breakpoint
DELETE FROM services_leases WHERE task NOT IN (SELECT id FROM services_tasks);
--> statement-breakpoint
DELETE FROM services_files WHERE task NOT IN (SELECT id FROM services_tasks);
--> statement-breakpoint
DELETE FROM hdp_task_details WHERE task NOT IN (SELECT id FROM hdp_tasks);
--> statement-breakpoint
DELETE FROM hdp_transitions WHERE task NOT IN (SELECT id FROM hdp_tasks);
--> statement-breakpoint
DELETE FROM hdp_mmrs WHERE task NOT IN (SELECT id FROM hdp_tasks);
--> statement-breakpoint
DELETE FROM hdp_webhooks WHERE task NOT IN (SELECT id FROM hdp_tasks);
--> statement-breakpoint
CREATE TABLE `__new_services_tasks` (
	`id` integer PRIMARY KEY NOT NULL,
	`chain` integer NOT NULL,
	`description` text NOT NULL,
	`status` text NOT NULL,
	`last_run_at` integer,
	`modified_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`trigger` text NOT NULL,
	`target` text NOT NULL,
	`debug` text NOT NULL,
	`version` integer NOT NULL,
	`result` text,
	`due_at` integer,
	`series_start` text,
	`action` text GENERATED ALWAYS AS (CASE WHEN json_type(target, '$.action') = 'text' THEN target ->> '$.action' END) STORED,
	`campaign` integer GENERATED ALWAYS AS (CASE coalesce(json_type(target, '$.campaign_id'), 'null') WHEN 'null' THEN CASE WHEN json_type(target, '$.campaign') IN ('integer', 'real') AND CAST(target ->> '$.campaign' AS INTEGER) = (target ->> '$.campaign') THEN CAST(target ->> '$.campaign' AS INTEGER) END ELSE CASE WHEN json_type(target, '$.campaign_id') IN ('integer', 'real') AND CAST(target ->> '$.campaign_id' AS INTEGER) = (target ->> '$.campaign_id') THEN CAST(target ->> '$.campaign_id' AS INTEGER) END END) STORED,
	CONSTRAINT "services_tasks_id" CHECK(id BETWEEN 1 AND 9007199254740991),
	CONSTRAINT "services_tasks_status" CHECK("__new_services_tasks"."status" IN ('READY', 'INPROGRESS', 'DONE', 'ERROR')),
	CONSTRAINT "services_tasks_trigger" CHECK(json_valid("trigger") AND json_type("trigger") = 'object'),
	CONSTRAINT "services_tasks_target" CHECK(json_valid(target) AND json_type(target) = 'object')
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_services_tasks` (`id`, `chain`, `description`, `status`, `last_run_at`, `modified_at`, `created_at`, `trigger`, `target`, `debug`, `version`, `result`, `due_at`, `series_start`) SELECT `id`, `chain`, `description`, `status`, `last_run_at`, `modified_at`, `created_at`, `trigger`, `target`, `debug`, `version`, `result`, `due_at`, `series_start` FROM `services_tasks`;
--> statement-breakpoint
DROP TABLE `services_tasks`;
--> statement-breakpoint
ALTER TABLE `__new_services_tasks` RENAME TO `services_tasks`;
--> statement-breakpoint
CREATE INDEX `services_tasks_chain` ON `services_tasks` (`chain`,`id`);
--> statement-breakpoint
CREATE INDEX `services_tasks_chain_status` ON `services_tasks` (`chain`,`status`,`id`);
--> statement-breakpoint
CREATE INDEX `services_tasks_chain_action` ON `services_tasks` (`chain`,`action`,`id`);
--> statement-breakpoint
CREATE INDEX `services_tasks_due` ON `services_tasks` (`action`,`due_at`,`id`) WHERE status = 'READY';
--> statement-breakpoint
CREATE INDEX `services_tasks_turns` ON `services_tasks` (`action`,`chain`,`due_at`,`id`) WHERE status = 'READY';
--> statement-breakpoint
CREATE INDEX `services_tasks_chain_status_action` ON `services_tasks` (`chain`,`status`,`action`,`id`);
--> statement-breakpoint
CREATE INDEX `services_tasks_chain_campaign` ON `services_tasks` (`chain`,`campaign`,`id`);
--> statement-breakpoint
CREATE TABLE `__new_hdp_tasks` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`status` text NOT NULL,
	`destination_chain_id` text NOT NULL,
	`contract_class_hash` text NOT NULL,
	`schedule_mode` text,
	`schedule_tx_hash` text,
	`data_source_chains` text,
	`data_destination_chain` text,
	`hdp_core_program_hash` text,
	`task_hash` text,
	`program_hash` text,
	`program_name` text,
	`output_tree_root` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`program_id` integer,
	CONSTRAINT "hdp_tasks_id" CHECK(id BETWEEN 1 AND 9007199254740991),
	CONSTRAINT "hdp_tasks_status" CHECK("__new_hdp_tasks"."status" IN ('Received', 'DryRunStarted', 'DryRunCompleted', 'DryRunFailed', 'ChainProofsFetchStarted', 'ChainProofsFetchCompleted', 'ChainProofsFetchFailed', 'TraceGenStarted', 'TraceGenCompleted', 'TraceGenFailed', 'AtlanticProvingStarted', 'AtlanticProvingCompleted', 'AtlanticProvingFailed', 'TaskDecommitmentStarted', 'TaskDecommitmentCompleted', 'TaskDecommitmentFailed')),
	CONSTRAINT "hdp_tasks_schedule_mode" CHECK("__new_hdp_tasks"."schedule_mode" IN ('onchain', 'offchain')),
	CONSTRAINT "hdp_tasks_data_source_chains" CHECK(data_source_chains IS NULL OR (json_valid(data_source_chains) AND json_type(data_source_chains) = 'array'))
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_hdp_tasks`("id", "uuid", "status", "destination_chain_id", "contract_class_hash", "schedule_mode", "schedule_tx_hash", "data_source_chains", "data_destination_chain", "hdp_core_program_hash", "task_hash", "program_hash", "program_name", "output_tree_root", "created_at", "updated_at", "program_id") SELECT "id", "uuid", "status", "destination_chain_id", "contract_class_hash", "schedule_mode", "schedule_tx_hash", "data_source_chains", "data_destination_chain", "hdp_core_program_hash", "task_hash", "program_hash", "program_name", "output_tree_root", "created_at", "updated_at", "program_id" FROM `hdp_tasks`;
--> statement-breakpoint
DROP TABLE `hdp_tasks`;
--> statement-breakpoint
ALTER TABLE `__new_hdp_tasks` RENAME TO `hdp_tasks`;
--> statement-breakpoint
CREATE UNIQUE INDEX `hdp_tasks_uuid_unique` ON `hdp_tasks` (`uuid`);
--> statement-breakpoint
CREATE INDEX `hdp_tasks_order` ON `hdp_tasks` (`created_at`,`uuid`,`program_id`);
--> statement-breakpoint
CREATE INDEX `hdp_tasks_program` ON `hdp_tasks` (`program_id`,`created_at`,`uuid`);
--> statement-breakpoint
CREATE VIEW hdp_uuid_tails AS SELECT id, iif(length(uuid) = 26 AND uuid NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*', substr(uuid, 4), uuid) AS uuid FROM hdp_tasks;
--> statement-breakpoint
CREATE VIRTUAL TABLE hdp_uuid_trigrams USING fts5(uuid, content='hdp_uuid_tails', content_rowid='id', tokenize='trigram', detail='none', columnsize=0);
--> statement-breakpoint
CREATE TABLE `id_sequences` (
	`name` text PRIMARY KEY NOT NULL,
	`last` integer NOT NULL
) STRICT;
--> statement-breakpoint
INSERT INTO id_sequences (name, last) SELECT 'services_tasks', coalesce(max(id), 0) FROM services_tasks WHERE id < 4503599627370496;
--> statement-breakpoint
DELETE FROM derived_state;
--> statement-breakpoint
INSERT INTO derived_state (part, value) SELECT part, NOT EXISTS (SELECT 1 FROM services_tasks) AND NOT EXISTS (SELECT 1 FROM hdp_tasks)
FROM (SELECT 'lists' AS part UNION ALL SELECT 'programs' UNION ALL SELECT 'search_blocks');
--> statement-breakpoint
INSERT INTO derived_state (part, value) VALUES ('uuids', 0), ('search_version', 0);
--> statement-breakpoint
CREATE TRIGGER services_tasks_guard_insert BEFORE INSERT ON services_tasks BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER services_tasks_guard_update BEFORE UPDATE ON services_tasks BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER services_tasks_guard_delete BEFORE DELETE ON services_tasks BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_guard_insert BEFORE INSERT ON hdp_tasks BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_guard_update BEFORE UPDATE ON hdp_tasks BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER hdp_tasks_guard_delete BEFORE DELETE ON hdp_tasks BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER access_tokens_guard_insert BEFORE INSERT ON access_tokens BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER access_tokens_guard_update BEFORE UPDATE ON access_tokens BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER access_tokens_guard_delete BEFORE DELETE ON access_tokens BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER admin_access_guard_insert BEFORE INSERT ON admin_access BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER admin_access_guard_update BEFORE UPDATE ON admin_access BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER admin_access_guard_delete BEFORE DELETE ON admin_access BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER admin_sessions_guard_insert BEFORE INSERT ON admin_sessions BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER admin_sessions_guard_update BEFORE UPDATE ON admin_sessions BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
--> statement-breakpoint
CREATE TRIGGER admin_sessions_guard_delete BEFORE DELETE ON admin_sessions BEGIN SELECT use_the_taskgate_command_to_change_this(); END;
