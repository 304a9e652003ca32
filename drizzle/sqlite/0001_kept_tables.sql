CREATE TABLE `hdp_programs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`identity` text NOT NULL,
	`hash` text,
	`name` text,
	`tasks` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `hdp_programs_identity_unique` ON `hdp_programs` (`identity`);--> statement-breakpoint
CREATE TABLE `kept_state` (
	`part` text PRIMARY KEY NOT NULL,
	`value` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `list_blocks` (
	`list` text NOT NULL,
	`first_position` integer NOT NULL,
	`first_tie` text NOT NULL,
	`last_position` integer NOT NULL,
	`last_tie` text NOT NULL,
	`size` integer NOT NULL,
	PRIMARY KEY(`list`, `first_position`, `first_tie`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `replaced_members` (
	`inserting` text NOT NULL,
	`list` text NOT NULL,
	`position` integer NOT NULL,
	`tie` text NOT NULL,
	`task` integer,
	`program` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `replaced_members_inserting` ON `replaced_members` (`inserting`);--> statement-breakpoint
DROP INDEX `hdp_tasks_newest`;--> statement-breakpoint
ALTER TABLE `hdp_tasks` ADD `program_id` integer;--> statement-breakpoint
CREATE INDEX `hdp_tasks_order` ON `hdp_tasks` (`created_at`,`uuid`,`program_id`);--> statement-breakpoint
CREATE INDEX `hdp_tasks_program` ON `hdp_tasks` (`program_id`,`created_at`,`uuid`);--> statement-breakpoint
CREATE INDEX `services_tasks_chain_status_action` ON `services_tasks` (`chain`,`status`,`action`,`id`);