ALTER TABLE "events" DROP CONSTRAINT "events_run_id_runs_id_fk";
--> statement-breakpoint
ALTER TABLE "tasks" DROP CONSTRAINT "tasks_run_id_runs_id_fk";
--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "announced" integer DEFAULT 0 NOT NULL;