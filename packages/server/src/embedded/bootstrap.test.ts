import { randomInt, seededRandom } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { nextStep, refusalOf } from "./bootstrap.js";
import type { InitialConfiguration, ReplicaInfo, ReplicaStage } from "./replica-info.js";

const CONFIGURATION = "server.1=h1:1:2:participant;h1:3\nversion=100000000";

function replica(
  id: number,
  stage: ReplicaStage = { stage: "empty" },
  changes: Partial<ReplicaInfo> = {},
): ReplicaInfo {
  const address = { host: `h${id}`, quorumPort: 1, electionPort: 2, clientPort: 3 };
  return {
    ...{ format: 1, name: "orders", id, disk: `disk ${id}`, expect: 3, address },
    ...stage,
    ...changes,
  } as ReplicaInfo;
}

function initialOf(...replicas: readonly ReplicaInfo[]): InitialConfiguration {
  return { round: 1, voters: replicas.map(({ id, disk, address }) => ({ id, disk, ...address })) };
}

const [one, two, three] = [replica(1), replica(2), replica(3)];
const initial = initialOf(one, two, three);
const accepted: ReplicaStage = { stage: "accepted", initial };
const started: ReplicaStage = { stage: "started", initial };

describe("a replica", () => {
  it.each([
    ["waits for replicas that are missing", one, [three], "replica 2 of the first 3 has not been found yet"],
    ["waits for the proposal of replica 1", two, [one, three], "replica 1 has not proposed the configuration yet"],
    [
      "waits for the ensemble as a further replica",
      replica(4),
      [one, two, three],
      "replicas 1 to 3 have not formed the ensemble yet",
    ],
    [
      "waits while another expects another number",
      one,
      [two, replica(3, undefined, { expect: 5 })],
      "replica 3 expects 5 voters, and this one 3: set the same number",
    ],
    [
      "waits while another has its id",
      one,
      [two, three, replica(1, undefined, { disk: "another" })],
      "h1 has the id 1 too: give each replica an id of its own",
    ],
    [
      "waits while the replicas that have started do not know their configuration yet",
      one,
      [replica(2, started)],
      "the ensemble exists, and its replicas 2 are starting",
    ],
  ])("%s", (_, self, others, reason) => {
    expect(nextStep(self, others)).toEqual({ type: "wait", reason });
  });

  it("proposes, as the first one, when all are there", () => {
    expect(nextStep(one, [three, one, two])).toEqual({ type: "propose", initial });
  });

  it("proposes again when one has an address or a disk that was not proposed", () => {
    const moved = replica(3, undefined, { disk: "another" });
    expect(nextStep(replica(1, accepted), [replica(2, accepted), moved])).toEqual({
      type: "propose",
      initial: { ...initialOf(one, two, moved), round: 2 },
    });
  });

  it("starts with a vote when all have accepted the same", () => {
    const all = [1, 2, 3].map((id) => replica(id, accepted));
    for (const self of all) expect(nextStep(self, all)).toEqual({ type: "start", initial });
    expect(nextStep(all[1]!, [all[0]!, three])).toMatchObject({ type: "wait" });
  });

  it("starts with a vote when another has started by what it has accepted", () => {
    expect(nextStep(replica(2, accepted), [replica(3, started)])).toEqual({ type: "start", initial });
  });

  it("joins an ensemble that has started, whatever it has accepted", () => {
    const other = initialOf(one, two, replica(3, undefined, { disk: "another" }));
    const running = replica(1, started, { configuration: CONFIGURATION });
    const step = { type: "join", configuration: CONFIGURATION };
    expect(nextStep(two, [running, three])).toEqual(step);
    expect(nextStep(replica(2, { stage: "accepted", initial: other }), [running])).toEqual(step);
    expect(nextStep(replica(7), [running])).toEqual(step);
  });

  it("joins by the newest configuration", () => {
    const later = CONFIGURATION.replace("100000000", "200000005");
    const running = [CONFIGURATION, later, CONFIGURATION].map((configuration, index) =>
      replica(index + 1, started, { configuration }),
    );
    expect(nextStep(replica(4), running)).toEqual({ type: "join", configuration: later });
  });

  it("accepts a proposal for its disk until it has started", () => {
    expect(refusalOf(initial, two)).toBeUndefined();
    const later = { ...initialOf(one, two, replica(3, undefined, { disk: "another" })), round: 2 };
    expect(refusalOf(later, replica(2, accepted))).toBeUndefined();
    expect(refusalOf(initial, replica(2, accepted))).toBeUndefined();
    expect(refusalOf(initial, replica(2, { stage: "accepted", initial: later }))).toBe(
      "it has accepted proposal 2, and this is 1",
    );
    expect(refusalOf(initial, replica(2, started))).toBe("it has started");
    expect(refusalOf(initial, replica(2, undefined, { disk: "another" }))).toContain(
      "its data directory is another one",
    );
    expect(refusalOf(initial, replica(4))).toContain("its data directory is another one");
    expect(refusalOf(initial, replica(2, undefined, { expect: 5 }))).toBe("it expects 5 voters, not 3");
  });
});

describe("bootstraps with restarts, lost disks, old answers and lost messages", () => {
  const seed = Number(process.env.CONCLAVE_SEED ?? 1 + Math.floor(Math.random() * 2 ** 30));

  it(`start one initial configuration at most, and none with a disk that was lost (seed ${seed})`, () => {
    for (let round = 0; round < 1000; round++) runBootstrap(seed + round);
  });
});

/** Runs replicas that take steps in any order, on answers that may be old. */
function runBootstrap(seed: number): void {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[randomInt(random, items.length)]!;
  let disks = 0;
  const fresh = (id: number): ReplicaInfo => replica(id, undefined, { disk: `disk ${disks++}` });
  const now = new Map([1, 2, 3, 4].map((id) => [id, fresh(id)]));
  /** All that was ever said: an answer may be any of these. */
  const said: ReplicaInfo[] = [...now.values()];
  const proposals: InitialConfiguration[] = [];
  /** Disks that have started each initial configuration, and are not lost. */
  const begun = new Map<string, Set<string>>();
  const become = (info: ReplicaInfo): void => {
    now.set(info.id, info);
    said.push(info);
  };
  for (let step = 0; step < 80; step++) {
    const self = now.get(pick([1, 2, 3, 4]))!;
    const kind = randomInt(random, 10);
    if (kind === 0 && randomInt(random, 3) === 0) {
      // A configuration that no disk has any more has no data either: the next one is a new beginning.
      for (const [text, holders] of begun) if (holders.delete(self.disk) && holders.size === 0) begun.delete(text);
      become(fresh(self.id));
    } else if (kind < 4 && proposals.length > 0) {
      const proposal = pick(proposals);
      if (refusalOf(proposal, self) === undefined) become({ ...self, stage: "accepted", initial: proposal });
    } else if (self.stage !== "started") {
      // The others as they are, or as they were: one that has lost its disk since is remembered by some.
      const answers = [...now.values()].map((info) =>
        randomInt(random, 2) === 0 ? pick(said.filter(({ id }) => id === info.id)) : info,
      );
      const next = nextStep(
        self,
        answers.filter(({ id }) => id !== self.id),
      );
      if (next.type === "propose") proposals.push(next.initial);
      if (next.type === "join")
        become({ ...self, stage: "started", initial: undefined, configuration: next.configuration });
      if (next.type === "start") {
        expect(next.initial.voters.find(({ id }) => id === self.id)?.disk, `seed ${seed}`).toBe(self.disk);
        const text = JSON.stringify(next.initial);
        begun.set(text, (begun.get(text) ?? new Set()).add(self.disk));
        become({ ...self, stage: "started", initial: next.initial, configuration: CONFIGURATION });
      }
    }
    expect(begun.size, `seed ${seed}`).toBeLessThanOrEqual(1);
  }
}
