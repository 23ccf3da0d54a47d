import type { ZooKeeper } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { apache, itOnApache } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { names } from "./expect-everywhere.ts";
import { type Kind, TestEnsemble } from "./test-ensemble.ts";

const configOf = async (zk: ZooKeeper): Promise<string> => (await zk.getConfig()).data!.toString();

// The member with the largest id is elected: the last one leads. The last server of a row joins.
const ensembles: readonly (readonly [string, readonly Kind[], Kind])[] = [
  ["Apache's leader", ["conclave", "apache", "apache"], "conclave"],
  ["our leader", ["apache", "conclave", "conclave"], "apache"],
];

describe.each(ensembles)("%s of servers of both kinds", (_, kinds, joining) => {
  let all: TestEnsemble;

  beforeAll(async () => {
    all = await TestEnsemble.start(kinds, apache(), [joining]);
    await all.ledBy(kinds.at(-1)!);
  });
  afterAll(() => all?.[Symbol.asyncDispose]());

  /** Resolves when all of these members show this configuration. */
  async function allShow(members: TestEnsemble["members"], config: string): Promise<void> {
    for (const member of members) {
      const zk = await all.client(member);
      await eventually(async () => (await configOf(zk)) === config, {
        what: `${config} at ${member.id}, ${member.kind}`,
      });
    }
  }

  itOnApache("takes in a server, which has every write, and all show the same configuration", async () => {
    const joiner = all.members.at(-1)!;
    const zk = await all.client(all.members[0]);
    await zk.create("/before");
    await joiner.start();
    const { data } = await zk.reconfig({ joining: [all.line(joiner)] });
    const config = data!.toString();
    expect(config).toContain(all.line(joiner));
    await allShow(all.members, config);
    const joined = await all.client(joiner);
    await joined.create("/after");
    expect(await names(zk, "/")).toEqual(["after", "before", "zookeeper"]);
  });

  itOnApache("lets a server of the other kind go, and goes on without it", async () => {
    const [gone, ...others] = all.members;
    const zk = await all.client(others[0]);
    const config = (await zk.reconfig({ leaving: [gone!.id] })).data!.toString();
    expect(config).not.toContain(`server.${gone!.id}=`);
    await allShow(others, config);
    await gone!.stop();
    await zk.create("/without");
    for (const member of others) expect(await names(await all.client(member), "/")).toContain("without");
  });

  itOnApache("makes a voter an observer", async () => {
    const observer = all.members.at(-1)!;
    const zk = await all.client(all.members[1]);
    const line = all.line(observer).replace(":participant", ":observer");
    const config = (await zk.reconfig({ joining: [line] })).data!.toString();
    expect(config).toContain(line);
    await eventually(async () => (await observer.mode()) === "observer");
    await allShow(all.members.slice(1), config);
  });
});
