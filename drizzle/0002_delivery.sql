CREATE TABLE "refused_entries" (
	"reason" text PRIMARY KEY NOT NULL,
	"count" bigint NOT NULL,
	"last_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "tasks" DROP CONSTRAINT "tasks_once_per_block";--> statement-breakpoint
DROP INDEX "tasks_due";--> statement-breakpoint
DROP INDEX "tasks_held";--> statement-breakpoint
DROP INDEX "tasks_waiting";--> statement-breakpoint
DROP INDEX "tasks_suspended";--> statement-breakpoint
ALTER TABLE "tasks" ALTER COLUMN "spec" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "task_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "program" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "paused_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "created_seq" integer;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "accepted_seq" integer;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "open" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "dead" text;--> statement-breakpoint
CREATE INDEX "tasks_open" ON "tasks" USING btree ("run_id") WHERE "tasks"."open";--> statement-breakpoint
CREATE INDEX "tasks_dead" ON "tasks" USING btree ("settled_at") WHERE "tasks"."dead" is not null;--> statement-breakpoint
UPDATE "tasks" SET "open" = "status" IN ('pending', 'in_progress', 'waiting'),
  "created_seq" = (SELECT "seq" FROM "events" WHERE "events"."run_id" = "tasks"."run_id" AND "events"."task_id" = "tasks"."id"
    AND "events"."type" = 'task.created'),
  "accepted_seq" = (SELECT min("seq") FROM "events" WHERE "events"."run_id" = "tasks"."run_id" AND "events"."type" = 'action.accepted'
    AND ("events"."data"->>'turn')::int = "tasks"."turn" AND ("events"."data"->>'block')::int = "tasks"."block");--> statement-breakpoint
UPDATE "runs" SET "task_count" = (SELECT count(*) FROM "tasks" WHERE "tasks"."run_id" = "runs"."id" AND "tasks"."parent_id" IS NOT NULL);--> statement-breakpoint
ALTER TABLE "tasks" SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE "runs" SET (fillfactor = 50);
