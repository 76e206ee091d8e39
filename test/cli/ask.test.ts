import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeServer, json, openEvents, runId, startsRun } from "#/test/cli/fake-server.ts";
import { cancelledRun, delegatedAnswer, delegatedRun, failedRun, smallTalk } from "#/test/cli/runs-of-deputy.ts";
import { typed } from "#/test/cli/typed.ts";

let server: FakeServer;
beforeEach(async () => {
  server = await FakeServer.start();
});
afterEach(() => server.stop());

const ask = (...words: string[]) => typed(["--url", server.url, "ask", ...words]);

describe("deputy ask", () => {
  test("prints the answer and the sources that it cites, and nothing else, on standard output", async () => {
    server.serveRun(delegatedRun);
    const { status, stdout } = await ask("what is a lease?");
    expect(stdout).toBe(delegatedAnswer);
    expect(status).toBe(0);
  });

  test("tells on standard error of phases, plan, delegations, refusals and notes, without control characters", async () => {
    server.serveRun(delegatedRun);
    const { stderr } = await ask("what is a lease?");
    expect(stderr).toContain(`run ${runId} (offline model`);
    expect(stderr).toMatch(/PLANNING.*EXECUTING.*VERIFYING.*LEARNING/s);
    expect(stderr).toContain("  1. look it up\n  2. answer\n");
    expect(stderr).toContain("t1 knowledge: Find what a lease is");
    expect(stderr).toContain("t1 running\n");
    expect(stderr).toContain("t1 searching [31mleases\n");
    expect(stderr).toContain("t1 done in 1.2 s, 3 findings");
    expect(stderr).toContain("refused, unknown-agent: nearest: planner");
    expect(stderr).toContain("note: Let me look that up.");
    expect(stderr).toContain("note: The evidence holds.");
    expect(stderr).not.toContain("\u001b");
  });

  test("prints prose of PLANNING when its turn ended without an action", async () => {
    server.serveRun(smallTalk);
    expect((await ask("hello")).stdout).toBe("Hello there.\n");
  });

  test("prints the events, and only them, one JSON object a line with --jsonl", async () => {
    server.serveRun(delegatedRun);
    const { stdout, stderr, status } = await ask("what is a lease?", "--jsonl");
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(delegatedRun);
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  test("passes events of an unknown type on with --jsonl and skips them otherwise", async () => {
    const strange = { ...smallTalk[1], type: "moon.rose", data: { full: true } } as unknown;
    const log = [smallTalk[0], strange, ...smallTalk.slice(2)] as typeof smallTalk;
    server.serveRun(log);
    expect(JSON.parse((await ask("hello", "--jsonl")).stdout.split("\n")[1] ?? "")).toEqual(strange);
    expect((await ask("hello")).stdout).toBe("Hello there.\n");
  });

  test("sends the message as a stock client does, in the conversation that was named", async () => {
    server.serveRun(smallTalk);
    await ask("hello", "you", "--conversation", "c-7");
    const body = JSON.parse(server.requests[0]?.body ?? "");
    expect(body).toMatchObject({
      id: "c-7",
      messages: [{ role: "user", parts: [{ type: "text", text: "hello you" }] }],
    });
  });

  test("reads the message from standard input for `-` and when there is no other", async () => {
    server.serveRun(smallTalk);
    for (const words of [["-"], []]) {
      await typed(["--url", server.url, "ask", ...words], { input: "piped\nin" });
    }
    const posts = server.requests
      .filter((request) => request.method === "POST")
      .map((request) => JSON.parse(request.body));
    expect(posts.map((body) => body.messages[0].parts[0].text)).toEqual(["piped\nin", "piped\nin"]);
  });

  test("ends with status 1 and the reason when the run fails", async () => {
    server.serveRun(failedRun);
    const { status, stdout, stderr } = await ask("hello");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("model-refused: The server said 401; look at OPENAI_API_KEY.");
  });

  test("ends with status 130 when the run was cancelled", async () => {
    server.serveRun(cancelledRun);
    expect((await ask("hello")).status).toBe(130);
  });

  test("ends with status 1 and the server's words when the message is refused", async () => {
    server.on("POST", /chat/, (_, reply) =>
      json(reply, 413, { code: "too-large", message: "at most 100 KB a message" }),
    );
    const { status, stderr } = await ask("hello");
    expect([status, stderr]).toEqual([1, "deputy: at most 100 KB a message\n"]);
  });

  test("ends with status 3 and says how to start a server when none answers", async () => {
    await server.stop();
    const { status, stderr } = await ask("hello");
    expect(status).toBe(3);
    expect(stderr).toContain("npm start");
    expect(stderr).toContain("DEPUTY_URL");
    await server.listen();
  });

  test("says so when something else answers at the address", async () => {
    server.on("POST", /chat/, (_, reply) => {
      reply.writeHead(200, { "content-type": "text/html" }).end("<html>");
    });
    const { status, stderr } = await ask("hello");
    expect(status).toBe(1);
    expect(stderr).toContain("does not answer as a Deputy server does");
  });

  test("posts the same message again when the connection breaks, so that no second run starts", async () => {
    server.serveRun(smallTalk);
    let broken = 0;
    server.on("POST", /chat/, (_, reply) => {
      broken += 1;
      if (broken === 1) reply.destroy();
      else startsRun(reply);
    });
    expect((await ask("hello")).stdout).toBe("Hello there.\n");
    const [first, second] = server.requests;
    expect(second?.body).toBe(first?.body);
  });

  test("posts the same message again when the server cannot take it now, and says once why it waits", async () => {
    server.serveRun(smallTalk);
    let asked = 0;
    server.on("POST", /chat/, (_, reply) => {
      asked += 1;
      if (asked > 2) startsRun(reply);
      else json(reply, 503, { code: "database-away", message: "The database does not answer." });
    });
    const { status, stdout, stderr } = await ask("hello");
    expect([status, stdout]).toEqual([0, "Hello there.\n"]);
    expect(stderr.match(/The database does not answer\.\ntrying again for 60 s\n/g)).toHaveLength(1);
    expect(new Set(server.requests.filter(({ method }) => method === "POST").map(({ body }) => body)).size).toBe(1);
  });

  test("goes on behind the last event when the server dies and comes back", async () => {
    server.serveRun(delegatedRun);
    let connections = 0;
    server.on("GET", /events/, (request, reply) => {
      connections += 1;
      const stream = openEvents(reply);
      const behind = delegatedRun.slice(Number(request.lastEventId));
      for (const event of connections === 1 ? behind.slice(0, 17) : behind) stream.send(event);
      if (connections > 1) stream.close();
      else setTimeout(() => server.stop().then(() => setTimeout(() => server.listen(), 400)), 50);
    });
    const { status, stdout, stderr } = await ask("what is a lease?");
    expect([status, stdout]).toEqual([0, delegatedAnswer]);
    expect(server.requests.filter((request) => request.path.includes("/events")).at(-1)?.lastEventId).toBe("17");
    expect(stderr.match(/connection lost/g)).toHaveLength(1);
  });

  test("shows an event once when the server sends it twice", async () => {
    server.serveRun([...smallTalk.slice(0, 3), ...smallTalk]);
    expect((await ask("hello")).stdout).toBe("Hello there.\n");
  });
});
