import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { connect } from "#/lib/store/connect.ts";

export type FreshDatabase = { readonly url: string; drop(): Promise<void> };

/** A migrated, empty database for this test file alone. `drop` ends whatever is still connected to it. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const template = new URL(inject("databaseUrl"));
  const name = `deputy_test_${randomBytes(6).toString("hex")}`;
  await onServer(`create database ${name} template ${template.pathname.slice(1)}`);
  const url = new URL(template);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(`drop database if exists ${name} with (force)`) };
}

/** A template must have no connections while it is copied: the server is spoken to through its maintenance database. */
async function onServer(statement: string): Promise<void> {
  const url = new URL(inject("databaseUrl"));
  url.pathname = "/postgres";
  const sql = connect(url.href, 1);
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
