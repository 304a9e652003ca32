CREATE TABLE "hdp_search_blocks" (
	"first_position" bigint NOT NULL,
	"first_tie" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"counts" "bytea" NOT NULL,
	CONSTRAINT "hdp_search_blocks_first_position_first_tie_pk" PRIMARY KEY("first_position","first_tie")
);
--> statement-breakpoint
DROP INDEX "hdp_tasks_uuid_trigrams";--> statement-breakpoint
CREATE INDEX "hdp_tasks_uuid_tail" ON "hdp_tasks" USING gin (lower(CASE WHEN uuid ~ '^[0-9A-HJKMNP-TV-Z]{26}$' THEN substr(uuid, 4) ELSE uuid END) gin_trgm_ops);--> statement-breakpoint
CREATE TRIGGER taskgate_guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "hdp_search_blocks" EXECUTE FUNCTION taskgate_guard();
--> statement-breakpoint
ALTER TABLE "hdp_search_blocks" ALTER COLUMN "counts" SET STORAGE EXTERNAL;
--> statement-breakpoint
ALTER TABLE "hdp_search_blocks" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000);
