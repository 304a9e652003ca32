ALTER TABLE "hdp_programs" DROP CONSTRAINT "hdp_programs_identity_unique";--> statement-breakpoint
CREATE UNIQUE INDEX "hdp_programs_identity_digest" ON "hdp_programs" USING btree (sha256(decode(replace(identity, '\', '\\'), 'escape')));
