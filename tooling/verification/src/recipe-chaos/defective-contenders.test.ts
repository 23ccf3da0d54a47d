import { startTestServer } from "@conclave/testing";
import { describe, it } from "vitest";
import type { ContenderDefect } from "./messages.ts";
import { runRecipeChaos } from "./run-recipe-chaos.ts";

describe("recipe chaos", () => {
  it.for<readonly [defect: ContenderDefect, found: RegExp]>([
    ["uses another lock path", /both held the lock for|was refused while its holder held the lock/],
    ["ignores the loss of the lock", /both held the lock for|was refused while its holder held the lock/],
    ["counts twice", /the counter is \d+ after \d+ additions/],
    ["leaves an orphaned znode", /orphaned znodes.*\/lock\/orphan/],
    ["joins another group", /the views of the group were not complete/],
  ])("finds a contender that %s", async ([defect, found], { expect }) => {
    await using target = await startTestServer();
    // Ends with the first rounds that find a violation; some need a fault at the right time.
    const running = runRecipeChaos({ target, rounds: 120, together: 6, restartEvery: 0, recoveryMs: 5_000, defect });
    await expect(running).rejects.toThrow(found);
  });
});
