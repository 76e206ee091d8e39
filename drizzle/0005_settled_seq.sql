ALTER TABLE "tasks" ADD COLUMN "settled_seq" integer;--> statement-breakpoint
UPDATE "tasks" SET "settled_seq" = (SELECT max("seq") FROM "events" WHERE "events"."run_id" = "tasks"."run_id"
  AND "events"."task_id" = "tasks"."id" AND "events"."type" IN ('task.completed', 'task.failed', 'task.cancelled'))
  WHERE NOT "open";
