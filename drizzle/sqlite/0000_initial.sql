CREATE TABLE `access_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`secret_hash` blob NOT NULL,
	`chain` integer NOT NULL,
	`label` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	CONSTRAINT "access_tokens_secret_hash" CHECK(length("access_tokens"."secret_hash") = 32)
) STRICT;
--> statement-breakpoint
CREATE TABLE `admin_access` (
	`user_id` integer NOT NULL,
	`chain` integer NOT NULL,
	`level` text NOT NULL,
	PRIMARY KEY(`user_id`, `chain`),
	CONSTRAINT "admin_access_level" CHECK("admin_access"."level" IN ('READ', 'WRITE'))
) STRICT;
--> statement-breakpoint
CREATE TABLE `admin_sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`key_hash` blob NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	CONSTRAINT "admin_sessions_key_hash" CHECK(length("admin_sessions"."key_hash") = 32)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `admin_sessions_key_hash_unique` ON `admin_sessions` (`key_hash`);--> statement-breakpoint
CREATE TABLE `hdp_tasks` (
	`id` integer PRIMARY KEY NOT NULL,
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
	`folded_program_hash` text,
	`folded_program_name` text,
	CONSTRAINT "hdp_tasks_status" CHECK("hdp_tasks"."status" IN ('Received', 'DryRunStarted', 'DryRunCompleted', 'DryRunFailed', 'ChainProofsFetchStarted', 'ChainProofsFetchCompleted', 'ChainProofsFetchFailed', 'TraceGenStarted', 'TraceGenCompleted', 'TraceGenFailed', 'AtlanticProvingStarted', 'AtlanticProvingCompleted', 'AtlanticProvingFailed', 'TaskDecommitmentStarted', 'TaskDecommitmentCompleted', 'TaskDecommitmentFailed')),
	CONSTRAINT "hdp_tasks_schedule_mode" CHECK("hdp_tasks"."schedule_mode" IN ('onchain', 'offchain')),
	CONSTRAINT "hdp_tasks_data_source_chains" CHECK(data_source_chains IS NULL OR (json_valid(data_source_chains) AND json_type(data_source_chains) = 'array'))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `hdp_tasks_uuid_unique` ON `hdp_tasks` (`uuid`);--> statement-breakpoint
CREATE INDEX `hdp_tasks_newest` ON `hdp_tasks` (`created_at`,`uuid`);--> statement-breakpoint
CREATE TABLE `services_tasks` (
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
	`action` text GENERATED ALWAYS AS (CASE WHEN json_type(target, '$.action') = 'text' THEN target ->> '$.action' END) STORED,
	`campaign` integer GENERATED ALWAYS AS (CASE coalesce(json_type(target, '$.campaign_id'), 'null') WHEN 'null' THEN CASE WHEN json_type(target, '$.campaign') IN ('integer', 'real') AND CAST(target ->> '$.campaign' AS INTEGER) = (target ->> '$.campaign') THEN CAST(target ->> '$.campaign' AS INTEGER) END ELSE CASE WHEN json_type(target, '$.campaign_id') IN ('integer', 'real') AND CAST(target ->> '$.campaign_id' AS INTEGER) = (target ->> '$.campaign_id') THEN CAST(target ->> '$.campaign_id' AS INTEGER) END END) STORED,
	CONSTRAINT "services_tasks_status" CHECK("services_tasks"."status" IN ('READY', 'INPROGRESS', 'DONE', 'ERROR')),
	CONSTRAINT "services_tasks_trigger" CHECK(json_valid("trigger") AND json_type("trigger") = 'object'),
	CONSTRAINT "services_tasks_target" CHECK(json_valid(target) AND json_type(target) = 'object')
) STRICT;
--> statement-breakpoint
CREATE INDEX `services_tasks_chain` ON `services_tasks` (`chain`,`id`);--> statement-breakpoint
CREATE INDEX `services_tasks_chain_status` ON `services_tasks` (`chain`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `services_tasks_chain_action` ON `services_tasks` (`chain`,`action`,`id`);--> statement-breakpoint
CREATE INDEX `services_tasks_chain_campaign` ON `services_tasks` (`chain`,`campaign`,`id`);