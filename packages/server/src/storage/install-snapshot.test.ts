import { randomInt, seededRandom } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import { FailingDisk } from "../../test-support/crash/failing-disk.js";
import { digestAfter, lastRecovered, openStorage, writeHistory } from "../../test-support/crash/history.js";
import { recoverTree } from "../database/recover-tree.js";
import { DataTree } from "../tree/data-tree.js";
import { snapshotChunks } from "./snapshot-writer.js";

const FOREVER = 1_000_000;
const LEADER_ZXID = 0x2_0000_0005n;

/** The bytes of a snapshot of the initial tree, as a leader sends it. */
async function* fromLeader(): AsyncGenerator<Uint8Array> {
  for (const chunk of snapshotChunks(new DataTree().snapshotSource())) yield Uint8Array.from(chunk);
}

describe("installing a snapshot of another server", () => {
  it("replaces the whole history, under the zxid that the leader gave", async () => {
    const disk = new FailingDisk({ random: seededRandom(1), operations: FOREVER });
    await writeHistory(disk, [1n, 2n, "snapshot", 3n]);
    const storage = openStorage(disk);
    await recoverTree(storage);
    expect(await storage.installSnapshot(fromLeader(), LEADER_ZXID)).toBe(LEADER_ZXID);
    await storage.close();
    expect(await lastRecovered(disk, [])).toBe(LEADER_ZXID);
  });

  it("leaves the former history or the snapshot, whole, wherever it is interrupted", async () => {
    const outcomes = { former: 0, snapshot: 0 };
    await forEachSeed(
      async (random) => {
        const first = new FailingDisk({ random, operations: FOREVER });
        const zxids = await writeHistory(first, [1n, 2n, "snapshot", 3n]);
        const failing = first.afterCrash({ random, operations: 10 + randomInt(random, 100), isKill: true });
        const storage = openStorage(failing);
        const isDone = await (async () => {
          await recoverTree(storage);
          await storage.installSnapshot(fromLeader(), LEADER_ZXID);
        })().then(
          () => true,
          () => false,
        );
        await storage.close().catch(() => {});
        const next = failing.afterCrash({ random, operations: FOREVER, isKill: randomInt(random, 2) === 0 });
        const again = openStorage(next);
        const { tree } = await recoverTree(again);
        await again.close();
        if (isDone) expect(tree.lastZxid).toBe(LEADER_ZXID);
        expect([3n, LEADER_ZXID]).toContain(tree.lastZxid);
        expect(tree.digest).toBe(digestAfter(tree.lastZxid === 3n ? zxids : []));
        outcomes[tree.lastZxid === 3n ? "former" : "snapshot"]++;
      },
      { count: 30, first: 1 },
    );
    expect(Math.min(...Object.values(outcomes)), JSON.stringify(outcomes)).toBeGreaterThan(0);
  });
});
