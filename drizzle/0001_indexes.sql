CREATE INDEX "artifacts_of_run" ON "artifacts" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "lessons_of_run" ON "lessons" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "lessons_search" ON "lessons" USING gin (to_tsvector('english', "lesson"));--> statement-breakpoint
CREATE INDEX "tasks_suspended" ON "tasks" USING btree ("id") WHERE "tasks"."status" = 'waiting';