-- Due times are integers that the program computes, and a lease counts the runs that began its task.
DROP INDEX `services_tasks_due`;--> statement-breakpoint
ALTER TABLE `services_tasks` ADD `due_at` integer;--> statement-breakpoint
ALTER TABLE `services_tasks` ADD `series_start` text;--> statement-breakpoint
UPDATE `services_tasks` SET `due_at` = CAST(round(1000 * unixepoch(trigger ->> '$.once', 'subsec')) AS INTEGER)
WHERE (trigger ->> '$.once') GLOB '[0-9][0-9][0-9][0-9]-*';--> statement-breakpoint
INSERT INTO `services_logs` (`task`, `time`, `level`, `message`)
SELECT `id`, unixepoch(), 'warning', 'The task does not run at a time of its own, because trigger.once is not a date-time that can be read.'
FROM `services_tasks` WHERE `status` = 'READY' AND `due_at` IS NULL;--> statement-breakpoint
CREATE INDEX `services_tasks_turns` ON `services_tasks` (`action`,`chain`,`due_at`,`id`) WHERE status = 'READY';--> statement-breakpoint
CREATE INDEX `services_tasks_due` ON `services_tasks` (`action`,`due_at`,`id`) WHERE status = 'READY';--> statement-breakpoint
ALTER TABLE `services_leases` ADD `attempts` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `services_leases` ADD `suspected_at` integer;
