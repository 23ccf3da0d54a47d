import { setTimeout as delay } from "node:timers/promises";
import type { ZooKeeper } from "@conclave/client";
import { LeaderElection, type Leadership } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import type { Sessions } from "./sessions.ts";

/** Leaders that go, and how long it takes until the next one leads. */
export class Elections {
  readonly #sessions: Sessions;
  #elected: Promise<Leadership> | undefined;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** A leader that resigns while another stands, some times: the mean from before it does until the other leads. */
  async resign(server: string, path: string, times: number, settleMs: number): Promise<{ readonly us: number }> {
    const clients = await this.#sessions.of(server, 2);
    let us = 0;
    let leader = await election(clients[0]!, path, "0").campaign();
    for (let turn = 1; turn <= times; turn++) {
      const stood = election(clients[turn % 2]!, path, String(turn));
      const elected = stood.campaign();
      await isInLine(stood);
      await delay(settleMs);
      const startedAt = performance.now();
      void leader.release();
      leader = await elected;
      us += ((performance.now() - startedAt) * 1000) / times;
    }
    await leader.release();
    return { us };
  }

  /** Leads, with a session of its own. */
  async lead(server: string, path: string, sessionTimeoutMs: number): Promise<void> {
    await election(await this.#sessions.connect(server, sessionTimeoutMs), path, "leader").campaign();
  }

  /** Stands behind the leader. */
  async stand(server: string, path: string, sessionTimeoutMs: number): Promise<void> {
    const stood = election(await this.#sessions.connect(server, sessionTimeoutMs), path, "next");
    this.#elected = stood.campaign();
    await isInLine(stood);
  }

  /** Resolves when it leads. */
  async elected(): Promise<void> {
    await this.#elected;
  }
}

function election(zk: ZooKeeper, path: string, id: string): LeaderElection {
  return new LeaderElection(zk, { path, id });
}

async function isInLine(stood: LeaderElection): Promise<void> {
  await eventually(async () => (await stood.participants()).length === 2, { what: "two in the line" });
}
