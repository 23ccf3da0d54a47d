import { connect } from "@conclave/client";
import type { EnsembleUnderTest } from "@conclave/vitest";
import { beforeAll, beforeEach, onTestFinished } from "vitest";
import { ClusterNode, type MembershipOptions } from "../src/index.js";

/** Longer than a busy machine stops this process. No test waits for the end of a session. */
export const PATIENT = { connectTimeoutMs: 60_000, connect: { sessionTimeoutMs: 60_000 } };

/** Nodes of one group for each test. */
export interface Nodes {
  /** Name of the group of the running test. */
  group(): string;
  /** Connect string of the chroot of the suite. */
  servers(): string;
  /** Starts a node that has joined as `http://<id>.example`. It drains when the test is over. */
  join(id: string, more?: Partial<MembershipOptions>): Promise<ClusterNode>;
}

/** Declares hooks that give each test of a suite a group of its own on an ensemble. */
export function nodesOn(ensemble: EnsembleUnderTest): Nodes {
  let count = 0;
  const group = (): string => `g${count}`;
  const servers = (): string => ensemble.connectString() + ensemble.root;
  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString());
    await zk.create(ensemble.root);
  });
  beforeEach(() => void count++);
  const join = async (id: string, more: Partial<MembershipOptions> = {}): Promise<ClusterNode> => {
    const options = { servers: servers(), ...PATIENT, group: group(), id, drainDelayMs: 0, ...more };
    const node = new ClusterNode(options as MembershipOptions);
    onTestFinished(() => node.drain());
    await node.join({ url: `http://${id}.example` });
    return node;
  };
  return { group, servers, join };
}
