import { create, OPEN_ACL_UNSAFE, setACL } from "@conclave/protocol";
import { openCCli, prepareCCli, startApacheStandalone, type ZkCli } from "@conclave/services";
import { itOnApache } from "@conclave/vitest";
import { describe, expect, it } from "vitest";
import { Wire } from "../test-support/wire/wire.js";
import { startServer } from "./server.js";

const program = await prepareCCli();
if (!program.available && process.env.CONCLAVE_REQUIRE_SERVICES === "1") {
  throw new Error(`CONCLAVE_REQUIRE_SERVICES is 1, but ZooKeeper's C client cannot be had: ${program.reason}`);
}

const onCClient = {
  skip: !program.available,
  meta: program.available ? {} : { skippedBecause: `no C client: ${program.reason}` },
};

/**
 * Runs commands in two sessions, named by "1" or "2" at the beginning of each. Returns the output of each command
 * without variable parts, and the events of each session. `2 <name> path` waits for an event.
 */
async function runScript(server: { readonly connectString: string }, script: readonly string[]): Promise<string[]> {
  const clients: Record<string, ZkCli> = {
    1: await openCCli({ connectString: server.connectString }),
    2: await openCCli({ connectString: server.connectString }),
  };
  try {
    const printed: string[] = [];
    for (const step of script) {
      const cli = clients[step[0]!]!;
      const [event, path] = step.slice(2).split(" ");
      if (event!.endsWith("_EVENT")) await cli.waitFor(`${event} state = CONNECTED_STATE for path ${path}\n`);
      else printed.push(`${step}\n${normal(await cli.run(step.slice(2)))}`);
    }
    return [...printed, ...Object.values(clients).map(({ output }) => (output.match(EVENT) ?? []).join(""))];
  } finally {
    await Promise.all(Object.values(clients).map((cli) => cli.close()));
  }
}

/** An event is printed when its change happens: between two commands, or within the output of one. */
const EVENT = /^Watcher .*\n/gm;

/** Dates and durations differ between two runs; the order of children is no promise. */
function normal(output: string): string {
  return output
    .replaceAll(EVENT, "")
    .replaceAll(/time ?= ?\w{3} \w{3} +\d+ [\d:]{8} \d{4}/g, "time=DATE")
    .replaceAll(/^time = \d+ msec\n/gm, "")
    .replaceAll(/ephemeralOwner = [1-9a-f][\da-f]*/g, "ephemeralOwner = SESSION")
    .replaceAll(/^.*:ZOO_WARN@.*Exceeded deadline.*\n/gm, "")
    .replaceAll(/(?:^\t[\w-]+\n)+/gm, (names) => `${names.trimEnd().split("\n").sort().join("\n")}\n`);
}

const script = [
  ...["1 create /a", "1 set /a hello", "1 get /a", "1 exists /a", "1 create /a", "1 get /none", "1 exists /none"],
  ...["1 create /none/child", "1 set /none x", "1 delete /none", "1 ls /none", "1 ls2 /none", "1 create a"],
  ...["1 create +s /a/n-", "1 create2 /a/two", "1 create2 +s /a/n-", "1 create +c /box", "1 create +t=60000 /ttl"],
  ...["1 create +e /a/mine", "1 create /a/mine/child", "1 create +es /a/mine-", "1 get /a/mine", "2 ls /a", "2 ls2 /a"],
  ...["1 delete /a", "1 sync /a", "1 sync /none", "1 config", "1 ls /", "1 ls /zookeeper", "1 create /zookeeper/mine"],
  ...["2 wexists /later", "1 create /later", "2 CREATED_EVENT /later", "2 wexists /a", "1 set /a more"],
  ...["2 CHANGED_EVENT /a", "2 ls /a", "1 create /a/another", "2 CHILD_EVENT /a", "2 wexists /later"],
  ...["1 delete /later", "2 DELETED_EVENT /later", "2 exists /later"],
  // /secret is one user's. Servers before 3.9.2 tell everybody that it exists: that is not asked.
  ...["1 get /secret", "1 set /secret x", "1 create /secret/child", "1 delete /secret/old", "1 ls /secret"],
  ...["1 addauth digest user:wrong", "1 get /secret", "1 addauth digest user:password", "1 get /secret"],
  ...["1 set /secret known", "1 create /secret/child", "1 delete /secret/old", "2 get /secret", "2 ls /secret"],
  ...["1 reconfig -remove 3", "2 get /"],
];

/** Result of `DigestAuthenticationProvider.generateDigest("user:password")`. */
const ONLY_USER = [{ permissions: 31, id: { scheme: "digest", id: "user:tpUq/4Pn5A64fVZyQ0gOJ8ZWqkY=" } }];

async function makeSecret(port: number): Promise<void> {
  const wire = new Wire(port);
  await wire.connect();
  await wire.call(create, { path: "/secret", data: Buffer.from("words"), acl: OPEN_ACL_UNSAFE, flags: 0 }, 1);
  await wire.call(create, { path: "/secret/old", data: null, acl: OPEN_ACL_UNSAFE, flags: 0 }, 2);
  await wire.call(setACL, { path: "/secret", acl: ONLY_USER, version: -1 }, 3);
  wire.destroy();
}

describe("the C client on our server", onCClient, () => {
  itOnApache("prints the same as on Apache's, whatever is asked", async (apache) => {
    await using theirs = await startApacheStandalone({
      apache,
      jvmArgs: ["-Dzookeeper.extendedTypesEnabled=true"],
    });
    await using ours = await startServer({ extendedTypesEnabled: true });
    await makeSecret(theirs.clientPort);
    await makeSecret(ours.port);
    const printed = await runScript(ours, script);
    expect(printed).toEqual(await runScript(theirs, script));
    // That both say nothing would be the same, too.
    const all = printed.join("\n");
    expect(all).toContain("[/none/child]: rc = -101\n");
    expect(all).toContain("Watcher CREATED_EVENT state = CONNECTED_STATE for path /later\n");
    expect(all).toContain("Watcher DELETED_EVENT state = CONNECTED_STATE for path /later\n");
    expect(all).toContain("1 get /secret\n/secret: rc = 0\n value_len = 5\nwords");
  });

  it("loses its ephemerals with its session, and another client gets the event", async () => {
    await using server = await startServer({});
    await using watcher = await openCCli({ connectString: server.connectString });
    const owner = await openCCli({ connectString: server.connectString });
    await owner.run("create +e /mine");
    await watcher.run("wexists /mine");
    await owner.close();
    await watcher.waitFor("Watcher DELETED_EVENT state = CONNECTED_STATE for path /mine");
  });
});
