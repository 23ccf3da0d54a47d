import { eventually } from "@conclave/testing";
import { apache, itOnApache } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type Kind, TestEnsemble, type TestMember } from "./test-ensemble.ts";

/** Returns how a leader has synchronized learners since its start, in order, from its log. */
function synchronizations({ kind, output }: TestMember): string[] {
  const lines = output.matchAll(kind === "apache" ? /Sending (DIFF|TRUNC|snapshot)/g : /"mode":"(\w+)"/g);
  return [...lines].map(([, mode]) => mode!.toLowerCase().slice(0, 4));
}

const LEARNER_LINE: Readonly<Record<string, string>> = {
  diff: "Getting a diff from the leader",
  trun: "Truncating log to get in sync with the leader",
  snap: "Getting a snapshot from leader",
};

/** Checks that the last synchronization of the leader was of this mode, by the logs of both sides as far as they tell. */
async function expectMode(mode: string, all: TestEnsemble, learner: TestMember): Promise<void> {
  const leader = await all.leader();
  expect(leader.kind).not.toBe(learner.kind);
  // The output of another process arrives later than its packets.
  await eventually(() => synchronizations(leader).at(-1) === mode, {
    what: `${mode} in the log of ${leader.id}:\n${leader.output}`,
  });
  if (learner.kind === "apache") expect(learner.output).toContain(LEARNER_LINE[mode]);
}

// The member with the largest id is elected whenever the histories are equal: the last one leads.
const directions: readonly (readonly [string, readonly Kind[]])[] = [
  ["Apache's leader synchronizes our server", ["conclave", "apache", "apache"]],
  ["our leader synchronizes Apache's server", ["apache", "conclave", "conclave"]],
];

describe.each(directions)("%s", (_, kinds) => {
  let all: TestEnsemble;
  let learner: TestMember;
  let others: readonly TestMember[];

  beforeAll(async () => {
    all = await TestEnsemble.start(kinds, apache());
    [learner, ...others] = all.members as [TestMember, ...TestMember[]];
    const zk = await all.client(others.at(-1));
    await zk.create("/a");
    await zk.create("/b");
    await all.closeClients();
  });
  afterAll(() => all?.[Symbol.asyncDispose]());

  /** Checks that each member has these znodes below "/", and no others, also after another write. */
  async function expectNames(expected: readonly string[]): Promise<void> {
    const zk = await all.client(learner);
    await zk.create("/last");
    for (const member of all.members) {
      const reader = await all.client(member);
      await reader.sync("/");
      expect(await reader.getChildren("/")).toHaveLength(expected.length + 2);
      expect(await reader.getChildren("/")).toEqual(expect.arrayContaining([...expected, "last", "zookeeper"]));
    }
    await zk.delete("/last");
    await all.closeClients();
  }

  itOnApache("with DIFF if it lacks the last writes", async () => {
    const zk = await all.client(others.at(-1));
    await learner.stop();
    await zk.delete("/b");
    await zk.create("/b");
    await learner.start();
    await expectMode("diff", all, learner);
    await expectNames(["a", "b"]);
  });

  itOnApache("with TRUNC if it has writes that no quorum has", async () => {
    await learner.stop();
    await all.alone(learner, (zk) => zk.create("/lost"));
    // They elect a leader of a new epoch, which has no transaction yet.
    await all.restart(others);
    await learner.start();
    await expectMode("trun", all, learner);
    await expectNames(["a", "b"]);
  });

  itOnApache("with SNAP if it has no data", async () => {
    const zk = await all.client(others.at(-1));
    for (let i = 0; i < 120; i++) await zk.setData("/a", String(i));
    await all.closeClients();
    await learner.stop();
    await all.wipe(learner);
    // From now on they know of no earlier transactions than those since their last snapshots.
    await all.restart(others);
    await learner.start();
    await expectMode("snap", all, learner);
    await expectNames(["a", "b"]);
  });
});
