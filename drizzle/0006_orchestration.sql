CREATE TABLE "auction_records" (
	"task_id" uuid PRIMARY KEY NOT NULL,
	"agent" text NOT NULL,
	"bid_seconds" double precision NOT NULL,
	"seconds" double precision NOT NULL,
	"bid_usd" double precision NOT NULL,
	"usd" double precision NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "condition" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "part" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "most_attempts" integer;--> statement-breakpoint
CREATE INDEX "auction_records_of_agent" ON "auction_records" USING btree ("agent","at");