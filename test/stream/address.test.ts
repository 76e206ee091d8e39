import { describe, expect, test } from "vitest";
import { messageOf } from "#/lib/errors.ts";
import { parseRedisUrl } from "#/lib/stream/address.ts";

describe("REDIS_URL", () => {
  test.each([
    ["redis://localhost", { kind: "server", hosts: [{ host: "localhost", port: 6379 }], db: 0 }],
    ["redis://h:7000/3", { kind: "server", hosts: [{ host: "h", port: 7000 }], db: 3 }],
    ["redis://:p%40ss@h", { kind: "server", hosts: [{ host: "h", port: 6379 }], password: "p@ss", db: 0 }],
    [
      "redis://ann:a@b@h",
      { kind: "server", hosts: [{ host: "h", port: 6379 }], username: "ann", password: "a@b", db: 0 },
    ],
    ["redis://[::1]:7000", { kind: "server", hosts: [{ host: "::1", port: 7000 }], db: 0 }],
    ["rediss://h/1?ca=/ca.pem", { kind: "server", hosts: [{ host: "h", port: 6379 }], db: 1, tls: { ca: "/ca.pem" } }],
    ["rediss://h", { kind: "server", hosts: [{ host: "h", port: 6379 }], db: 0, tls: {} }],
    ["unix:///tmp/a b/redis.sock", { kind: "server", hosts: [], socket: "/tmp/a b/redis.sock", db: 0 }],
    ["unix://:pw@/tmp/r.sock?db=2", { kind: "server", hosts: [], socket: "/tmp/r.sock", password: "pw", db: 2 }],
    [
      "redis+sentinel://ann:pw@s1,s2:7001/mymaster/2?sentinel_password=sp",
      {
        kind: "sentinel",
        hosts: [
          { host: "s1", port: 26379 },
          { host: "s2", port: 7001 },
        ],
        username: "ann",
        password: "pw",
        sentinelPassword: "sp",
        master: "mymaster",
        db: 2,
      },
    ],
    [
      "rediss+cluster://:pw@n1,[fe80::1]:7001",
      {
        kind: "cluster",
        hosts: [
          { host: "n1", port: 6379 },
          { host: "fe80::1", port: 7001 },
        ],
        password: "pw",
        db: 0,
        tls: {},
      },
    ],
  ])("%s is understood", (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address);
  });

  test.each([
    ["http://h", "none of the known forms"],
    ["localhost:6379", "none of the known forms"],
    ["redis://", "host:port"],
    ["redis://h:70000", "host:port"],
    ["redis://h:x", "host:port"],
    ["redis://h/zero", "number of a database"],
    ["redis://h/0/1", "too much"],
    ["redis://h?ca=/ca.pem", "no option ca"],
    ["rediss://h?verify=no", "no option verify"],
    ["redis+sentinel://s1:26379", "name of the master"],
    ["redis+cluster://n1/1", "database 0 only"],
    ["unix://", "path of the socket"],
    ["redis://:100%@h", "%25"],
  ])("%s is refused, with the reason and the known forms", (url, reason) => {
    expect(() => parseRedisUrl(url)).toThrow(reason);
    expect(() => parseRedisUrl(url)).toThrow("redis+cluster://");
  });

  test("that cannot be used is not repeated with its password", () => {
    expect(faultOf("redis://ann:secret@h/zero/secret")).not.toContain("secret");
    expect(faultOf("redis://ann:secret@h:x")).not.toContain("secret");
    expect(faultOf("redis://ann:se/secret@h")).not.toContain("secret");
  });
});

function faultOf(url: string): string {
  try {
    parseRedisUrl(url);
    return "";
  } catch (error) {
    return messageOf(error);
  }
}
