import { setTimeout as delay } from "node:timers/promises";
import type { ZooKeeper } from "@conclave/client";
import { LeaderElection, type Leadership } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import type { Sessions } from "./sessions.ts";

/** Elections whose leader resigns or is killed. */
export class Elections {
  readonly #sessions: Sessions;
  #elected: Promise<Leadership> | undefined;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /**
   * Has leaders resign several times while another candidate waits. Returns the mean time from before the release until
   * the other one leads.
   */
  async resign(server: string, path: string, times: number, settleMs: number): Promise<{ readonly us: number }> {
    const clients = await this.#sessions.of(server, 2);
    let us = 0;
    let leader = await election(clients[0]!, path, "0").campaign();
    for (let turn = 1; turn <= times; turn++) {
      const candidate = election(clients[turn % 2]!, path, String(turn));
      const elected = candidate.campaign();
      await bothCampaign(candidate);
      await delay(settleMs);
      const startedAt = performance.now();
      void leader.release();
      leader = await elected;
      us += ((performance.now() - startedAt) * 1000) / times;
    }
    await leader.release();
    return { us };
  }

  /** Campaigns with a new session. Resolves when it leads. */
  async lead(server: string, path: string, sessionTimeoutMs: number): Promise<void> {
    await election(await this.#sessions.connect(server, sessionTimeoutMs), path, "leader").campaign();
  }

  /** Campaigns with a new session, as the candidate after the leader. Resolves when it waits. */
  async campaign(server: string, path: string, sessionTimeoutMs: number): Promise<void> {
    const candidate = election(await this.#sessions.connect(server, sessionTimeoutMs), path, "next");
    this.#elected = candidate.campaign();
    await bothCampaign(candidate);
  }

  /** Resolves when the candidate of {@link campaign} leads. */
  async elected(): Promise<void> {
    await this.#elected;
  }
}

function election(zk: ZooKeeper, path: string, id: string): LeaderElection {
  return new LeaderElection(zk, { path, id });
}

async function bothCampaign(candidate: LeaderElection): Promise<void> {
  await eventually(async () => (await candidate.participants()).length === 2, { what: "two candidates" });
}
