-- Imports that are not finished, and what their batches have inserted, so that they can be undone.
CREATE TABLE `import_batches` (
	`id` integer PRIMARY KEY NOT NULL,
	`import` integer NOT NULL,
	`ranges` text NOT NULL,
	FOREIGN KEY (`import`) REFERENCES `imports`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `import_batches_import` ON `import_batches` (`import`,`id`);--> statement-breakpoint
CREATE TABLE `imports` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`api` text NOT NULL,
	`started_at` integer NOT NULL,
	`until` integer NOT NULL,
	CONSTRAINT "imports_api" CHECK("imports"."api" IN ('services', 'hdp'))
) STRICT;
