import type { Grant } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import type { CuratorPart } from "./curator-process.ts";
import type { Room, RoomRule } from "./room.ts";

interface Visitor {
  readonly name: string;
  readonly rule: RoomRule;
}

/** Who contends, and for what. */
export interface Contest {
  readonly room: Room;
  /** How often each goes in, each time by a grant of its own. */
  readonly times: number;
  readonly node: readonly (Visitor & { acquire(): Promise<Grant> })[];
  readonly java: readonly (Visitor & { readonly part: CuratorPart })[];
  /** What keeps everybody out at first. */
  readonly gate: Grant;
  /** How many stand in line behind the gate; it opens when all do. */
  waiting(): Promise<number>;
  /** What those of this process do inside: a round trip to the ensemble, or more. */
  inside(): Promise<unknown>;
}

/**
 * Has everybody go into the room and out again, all of them standing in line before the first goes in. Resolves when everybody
 * was inside often enough; rejects when the rule of the room was broken.
 */
export const contend = async (contest: Contest): Promise<void> => {
  const { room, times, node, java, gate } = contest;
  const visits = node.map(async ({ name, rule, acquire }) => {
    for (let done = 0; done < times; done++) {
      const grant = await acquire();
      await room.visit(name, rule, grant.fencingToken, contest.inside);
      await grant.release();
    }
  });
  const entries = java.map(({ name, rule, part }) => part.call("enter", times, room.folder, name, rule));
  const isOpened = eventually(async () => (await contest.waiting()) === node.length + java.length, {
    what: "the line of all contenders",
  });
  await Promise.all([isOpened.then(() => gate.release()), ...visits, ...entries]);
};
