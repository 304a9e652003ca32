-- A webhook is either due or delivered, never both: one that had both was sent every minute without end.
CREATE TABLE `hdp_webhooks_new` (
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
	FOREIGN KEY (`key_id`) REFERENCES `api_keys`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "hdp_webhooks_due_or_delivered" CHECK(due_at IS NULL OR delivered_at IS NULL)
) STRICT;
--> statement-breakpoint
INSERT INTO `hdp_webhooks_new` (`id`, `task`, `url`, `body`, `key_id`, `created_at`, `attempts`, `due_at`, `delivered_at`, `last_error`)
SELECT `id`, `task`, `url`, `body`, `key_id`, `created_at`, `attempts`, CASE WHEN `delivered_at` IS NULL THEN `due_at` END, `delivered_at`, `last_error`
FROM `hdp_webhooks`;
--> statement-breakpoint
DROP TABLE `hdp_webhooks`;--> statement-breakpoint
ALTER TABLE `hdp_webhooks_new` RENAME TO `hdp_webhooks`;--> statement-breakpoint
CREATE INDEX `hdp_webhooks_due` ON `hdp_webhooks` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `hdp_webhooks_task` ON `hdp_webhooks` (`task`,`id`);
