-- What tasks need to be made, run and followed: credentials, leases, logs, files, transitions, webhooks.
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`key_hash` blob NOT NULL,
	`role` text NOT NULL,
	`label` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer,
	CONSTRAINT "api_keys_key_hash" CHECK(length("api_keys"."key_hash") = 32),
	CONSTRAINT "api_keys_role" CHECK("api_keys"."role" IN ('client', 'processor'))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_key_hash_unique` ON `api_keys` (`key_hash`);--> statement-breakpoint
CREATE TABLE `hdp_mmrs` (
	`task` integer NOT NULL,
	`position` integer NOT NULL,
	`id` text NOT NULL,
	`root` text NOT NULL,
	`size` integer NOT NULL,
	`chain_id` text NOT NULL,
	`hashing_function` text NOT NULL,
	PRIMARY KEY(`task`, `position`),
	FOREIGN KEY (`task`) REFERENCES `hdp_tasks`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "hdp_mmrs_hashing_function" CHECK("hdp_mmrs"."hashing_function" IN ('poseidon', 'keccak'))
) STRICT;
--> statement-breakpoint
CREATE TABLE `hdp_task_details` (
	`task` integer PRIMARY KEY NOT NULL,
	`input` text NOT NULL,
	`task_inputs` text,
	`output_preimage` text,
	`error_message` text,
	`transaction_hash` text,
	`is_mock` integer NOT NULL,
	`webhook_url` text,
	`key_id` text,
	FOREIGN KEY (`task`) REFERENCES `hdp_tasks`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`key_id`) REFERENCES `api_keys`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "hdp_task_details_input" CHECK(json_valid(input) AND json_type(input) = 'object'),
	CONSTRAINT "hdp_task_details_task_inputs" CHECK(task_inputs IS NULL OR (json_valid(task_inputs) AND json_type(task_inputs) = 'object')),
	CONSTRAINT "hdp_task_details_output_preimage" CHECK(output_preimage IS NULL OR (json_valid(output_preimage) AND json_type(output_preimage) = 'array'))
) STRICT;
--> statement-breakpoint
CREATE TABLE `hdp_transitions` (
	`id` text PRIMARY KEY NOT NULL,
	`task` integer NOT NULL,
	`from_status` text,
	`to_status` text NOT NULL,
	`created_at` integer NOT NULL,
	`report` text,
	FOREIGN KEY (`task`) REFERENCES `hdp_tasks`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `hdp_transitions_task` ON `hdp_transitions` (`task`,`id`);--> statement-breakpoint
CREATE TABLE `hdp_webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`task` integer NOT NULL,
	`url` text NOT NULL,
	`body` text NOT NULL,
	`key_id` text,
	`created_at` integer NOT NULL,
	`attempts` integer NOT NULL,
	`due_at` integer,
	`delivered_at` integer,
	`last_error` text,
	FOREIGN KEY (`task`) REFERENCES `hdp_tasks`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`key_id`) REFERENCES `api_keys`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `hdp_webhooks_due` ON `hdp_webhooks` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `own_keys` (
	`name` text PRIMARY KEY NOT NULL,
	`key` blob NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `services_files` (
	`task` integer PRIMARY KEY NOT NULL,
	`path` text NOT NULL,
	FOREIGN KEY (`task`) REFERENCES `services_tasks`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE TABLE `services_leases` (
	`task` integer PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`until` integer NOT NULL,
	FOREIGN KEY (`task`) REFERENCES `services_tasks`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `services_leases_until` ON `services_leases` (`until`);--> statement-breakpoint
CREATE TABLE `services_logs` (
	`id` integer PRIMARY KEY NOT NULL,
	`task` integer NOT NULL,
	`time` integer NOT NULL,
	`level` text NOT NULL,
	`message` text NOT NULL,
	FOREIGN KEY (`task`) REFERENCES `services_tasks`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "services_logs_level" CHECK("services_logs"."level" IN ('info', 'warning', 'error'))
) STRICT;
--> statement-breakpoint
CREATE INDEX `services_logs_task` ON `services_logs` (`task`,`id`);--> statement-breakpoint
CREATE INDEX `services_tasks_due` ON `services_tasks` (`action`,CASE WHEN (trigger ->> '$.once') GLOB '[0-9][0-9][0-9][0-9]-*' THEN unixepoch(trigger ->> '$.once') END,`id`) WHERE status = 'READY';
--> statement-breakpoint
-- What a task did for one chain is not for another to see.
CREATE TRIGGER services_tasks_given_away AFTER UPDATE OF chain ON services_tasks WHEN NEW.chain IS NOT OLD.chain BEGIN
  DELETE FROM services_leases WHERE task = NEW.id;
  DELETE FROM services_logs WHERE task = NEW.id;
  DELETE FROM services_files WHERE task = NEW.id;
END;
