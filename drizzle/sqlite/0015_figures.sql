-- Counters of HDP tasks, so that figures are read without counting tasks. Built after this migration if there are tasks.
CREATE TABLE `hdp_figures` (
	`figure` text NOT NULL,
	`position` integer NOT NULL,
	`value` text NOT NULL,
	`amount` integer NOT NULL,
	PRIMARY KEY(`figure`, `position`, `value`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO derived_state (part, value) SELECT 'figures', NOT EXISTS (SELECT 1 FROM hdp_tasks);
