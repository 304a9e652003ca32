ALTER TABLE `hdp_tasks` DROP COLUMN `folded_program_hash`;--> statement-breakpoint
ALTER TABLE `hdp_tasks` DROP COLUMN `folded_program_name`;