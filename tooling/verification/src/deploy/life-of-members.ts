import { fourLetterWord } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { expect } from "vitest";
import type { LocalMembers, MemberCommand, Probe } from "./local-members.ts";

export interface LifeOfMembers {
  readonly commandOf: (id: number) => MemberCommand;
  /** Never asks for a quorum; none in an engine without one. */
  readonly live?: Probe;
  readonly ready: Probe;
  /** Exit code after SIGTERM. @default 0 */
  readonly exitCode?: number;
}

/**
 * Starts one member, which lives and is not ready; then the others, which makes all of them ready. Ends the leader by SIGTERM: the rest
 * has another leader and is ready. Ends one more: the last one lives, and is not ready.
 */
export async function expectLifeOfMembers(members: LocalMembers, life: LifeOfMembers): Promise<void> {
  const { commandOf, live, ready, exitCode = 0 } = life;
  await members.start(1, commandOf(1));
  if (live !== undefined) await members.until([1], live, true);
  expect(await members.probe(1, ready)).toBe(false);
  await Promise.all([2, 3].map((id) => members.start(id, commandOf(id))));
  await members.until([1, 2, 3], ready, true);

  const leader = await leaderAmong(members, [1, 2, 3]);
  const rest = [1, 2, 3].filter((id) => id !== leader);
  expect(await members.terminate(leader)).toBe(exitCode);
  const second = await leaderAmong(members, rest);
  await members.until(rest, ready, true);

  const last = rest.find((id) => id !== second)!;
  expect(await members.terminate(second)).toBe(exitCode);
  await members.until([last], ready, false);
  if (live !== undefined) expect(await members.probe(last, live)).toBe(true);
  expect(await members.terminate(last)).toBe(exitCode);
}

function leaderAmong(members: LocalMembers, ids: readonly number[]): Promise<number> {
  const mode = async (id: number): Promise<string> =>
    fourLetterWord({ port: members.portOf(id, "zookeeper"), word: "srvr" }).catch(() => "");
  return eventually(
    async () => {
      for (const id of ids) if ((await mode(id)).includes("Mode: leader")) return id;
      return undefined;
    },
    { what: `a leader among ${ids}` },
  ) as Promise<number>;
}
