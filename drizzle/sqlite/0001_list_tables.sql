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
	`tie` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `replaced_members_inserting` ON `replaced_members` (`inserting`);--> statement-breakpoint
CREATE INDEX `services_tasks_chain_status_action` ON `services_tasks` (`chain`,`status`,`action`,`id`);