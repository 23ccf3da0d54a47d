import { setTimeout as delay } from "node:timers/promises";
import { type Random, randomInt } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import type { Member } from "../processes/ensemble-member.ts";
import { type FailOver, measureFailOver } from "../processes/fail-over.ts";
import type { Cluster } from "./cluster.ts";
import type { MemberClocks } from "./member-clocks.ts";
import type { MemberDisks } from "./member-disks.ts";
import type { MemberNetwork } from "./member-network.ts";

export const TICK_MS = 500;
/** Longer than the time after which members give each other up: five ticks. */
const GIVE_UP_MS = 6 * TICK_MS;
const HOUR_S = 3_600;
/** Bound of a wait for the effect of a fault; only a defect reaches it. */
const EFFECT_LIMIT_MS = 60_000;

/** A znode for {@link measureFailOver}. */
export const PROBE_PATH = "/probe";

/** A running cluster with a leader and the other members, at the start of a fault. */
interface Scene {
  readonly leader: Member;
  readonly others: readonly Member[];
  readonly random: Random;
  /** Measures the fail-over of a fault that the leader does not survive. */
  failOver(harm: () => Promise<unknown> | undefined): Promise<FailOver>;
}

/** A fault that the cluster must survive. It is repaired afterwards: {@link Cluster.allServe}. */
export interface Fault {
  readonly name: string;
  /** Resolves when the cluster has felt it; with the times if another member had to become the leader. */
  run(scene: Scene): Promise<FailOver | undefined>;
}

const pick = <T>(each: readonly T[], random: Random): T => each[randomInt(random, each.length)]!;

async function kill(members: readonly Member[]): Promise<undefined> {
  await Promise.all(members.map((member) => member.kill()));
  return undefined;
}

async function stopInOrder(member: Member): Promise<void> {
  const end = await member.stop();
  if (end !== "exit code 0") throw new Error(`server ${member.id} did not stop in order: ${member.output}`);
}

const processFaults: readonly Fault[] = [
  { name: "SIGKILL of the leader", run: ({ leader, failOver }) => failOver(() => leader.kill()) },
  { name: "SIGKILL of a follower", run: ({ others, random }) => kill([pick(others, random)]) },
  {
    name: "SIGKILL of the leader and a follower",
    run: ({ leader, others, random }) => kill([leader, pick(others, random)]),
  },
  { name: "SIGKILL of all", run: ({ leader, others }) => kill([leader, ...others]) },
  { name: "SIGTERM of the leader", run: ({ leader, failOver }) => failOver(() => stopInOrder(leader)) },
  { name: "SIGSTOP of the leader", run: ({ leader, failOver }) => failOver(async () => leader.pause()) },
  {
    name: "SIGSTOP of a follower",
    async run({ others, random }) {
      const follower = pick(others, random);
      follower.pause();
      await delay(GIVE_UP_MS);
      follower.resume();
      return undefined;
    },
  },
];

const networkFaults = (network: MemberNetwork): readonly Fault[] => {
  const cutBoth = async (member: Member, from: readonly Member[]): Promise<void> => {
    for (const { id } of from) {
      await network.cut(member.id, id);
      await network.cut(id, member.id);
    }
  };
  return [
    {
      name: "leader unplugged",
      run: ({ leader, failOver }) => failOver(() => network.unplug(leader.id)),
    },
    {
      // Its clients still reach it: it must not answer them from an old state.
      name: "leader cut off from the other servers",
      run: ({ leader, others, failOver }) => failOver(() => cutBoth(leader, others)),
    },
    {
      name: "leader's packets to the other servers lost",
      run: ({ leader, others, failOver }) =>
        failOver(async () => {
          for (const { id } of others) await network.cut(leader.id, id);
        }),
    },
    {
      name: "leader cut off from one follower",
      async run({ leader, others, random }) {
        await cutBoth(leader, [pick(others, random)]);
        await delay(GIVE_UP_MS);
        return undefined;
      },
    },
    {
      name: "follower unplugged",
      async run({ others, random }) {
        await network.unplug(pick(others, random).id);
        await delay(GIVE_UP_MS);
        return undefined;
      },
    },
    {
      name: "all servers cut off from each other",
      async run({ leader, others }) {
        const all = [leader, ...others];
        for (const member of all)
          await cutBoth(
            member,
            all.filter((each) => each !== member),
          );
        await delay(GIVE_UP_MS);
        return undefined;
      },
    },
  ];
};

const diskFaults = (disks: MemberDisks): readonly Fault[] => {
  /** A server whose log cannot be written ends itself: only its disk knows its history now. */
  const fillUp = async (member: Member): Promise<undefined> => {
    await disks.fill(member.id);
    await eventually(() => !member.isRunning, {
      what: "the end of a server without space",
      timeoutMs: EFFECT_LIMIT_MS,
    });
    return undefined;
  };
  return [
    { name: "disk of the leader full", run: ({ leader }) => fillUp(leader) },
    {
      name: "disk of a follower full",
      run: ({ others, random }) => fillUp(pick(others, random)),
    },
  ];
};

const clockFaults = (clocks: MemberClocks): readonly Fault[] => {
  const jump = async (members: readonly Member[], seconds: number): Promise<undefined> => {
    for (const { id } of members) await clocks.jump(id, seconds);
    // The library reads the time every second, and a session would expire at the next tick.
    await delay(1_000 + 3 * TICK_MS);
    return undefined;
  };
  return [
    { name: "clock of the leader an hour fast", run: ({ leader }) => jump([leader], HOUR_S) },
    { name: "clock of the leader an hour slow", run: ({ leader }) => jump([leader], -HOUR_S) },
    { name: "clocks of the followers an hour fast", run: ({ others }) => jump(others, HOUR_S) },
  ];
};

/** Returns the faults that this machine can make, and the reasons for the missing ones. */
export function faultsFor({ network, disks, clocks }: Cluster["equipment"]): {
  readonly faults: readonly Fault[];
  readonly missing: readonly string[];
} {
  const groups: readonly (readonly Fault[] | string)[] = [
    processFaults,
    typeof network === "string" ? network : networkFaults(network),
    typeof disks === "string" ? disks : diskFaults(disks),
    typeof clocks === "string" ? clocks : clockFaults(clocks),
  ];
  return {
    faults: groups.flatMap((group) => (typeof group === "string" ? [] : group)),
    missing: groups.filter((group) => typeof group === "string"),
  };
}

/** Harms the cluster, which must serve. Resolves with the times if another member had to become the leader. */
export async function harm(cluster: Cluster, fault: Fault, random: Random): Promise<FailOver | undefined> {
  const { leader, members } = cluster;
  if (leader === undefined) throw new Error("the cluster has no leader");
  const others = members.filter((member) => member !== leader);
  return fault.run({
    ...{ leader, others, random },
    failOver: (cause) => measureFailOver(cluster.connectStringOf(others), PROBE_PATH, async () => cause()),
  });
}
