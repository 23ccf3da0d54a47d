import { seededRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import { configuration } from "../../test-support/zab/zab-text.js";
import { QuorumSet } from "../zab/configuration/quorum-set.js";
import { LearnerMasters } from "./learner-masters.js";

const quorums = new QuorumSet(configuration("0:0", [1, 2, 3], [4]));

/** Returns the ids and the ports that an observer tries while server 3 leads. */
const tried = (masters: LearnerMasters): string[] =>
  masters.addresses(3n, quorums).map(({ id, port }) => `${id}:${port}`);

it("an observer tries the followers' port for observers, in a random order", () => {
  const orders = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => tried(new LearnerMasters(2191, seededRandom(seed))).join());
  expect(new Set(orders)).toEqual(new Set(["1:2191,2:2191", "2:2191,1:2191"]));
});

it("an observer tries the server first that it was synchronized with, and last the one that did not serve it", () => {
  const masters = new LearnerMasters(2191, seededRandom(1));
  tried(masters);
  masters.served(2n);
  expect(tried(masters)).toEqual(["2:2191", "1:2191"]);
  masters.failed(2n);
  expect(tried(masters)).toEqual(["1:2191", "2:2191"]);
});

it("an observer connects to the leader if no follower serves it, then tries the followers again", () => {
  const masters = new LearnerMasters(2191, seededRandom(1));
  const attempts = [1, 2, 3, 4, 5].map(() => {
    const isLeader = tried(masters).join() === "3:2888";
    masters.failed(undefined);
    return isLeader;
  });
  expect(attempts).toEqual([false, false, false, true, false]);
});

it("an observer connects to the leader if there is no other voter", () => {
  const alone = new QuorumSet(configuration("0:0", [3], [4]));
  expect(new LearnerMasters(2191, seededRandom(1)).addresses(3n, alone)).toEqual([
    { id: 3n, host: "10.0.0.3", port: 2888 },
  ]);
});
