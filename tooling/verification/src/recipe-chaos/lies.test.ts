import { startFaultTarget } from "@conclave/testing";
import { describe, it } from "vitest";
import type { ContenderLie } from "./messages.ts";
import { playRecipeChaos } from "./play-recipe-chaos.ts";

// In a file of its own, as the rounds without a lie take as long, and another process can play those.
describe("recipe chaos", () => {
  it.for<readonly [lie: ContenderLie, found: RegExp]>([
    ["has a lock of its own", /both held the lock for|was refused while its holder held the lock/],
    ["does not hear that it lost the lock", /both held the lock for|was refused while its holder held the lock/],
    ["counts twice", /the counter is \d+ after \d+ additions/],
    ["leaves a znode behind", /left behind.*\/lock\/forgotten/],
    ["stays a member that nobody sees", /the views of the members were not whole/],
  ])("finds a contender that %s", async ([lie, found], { expect }) => {
    await using target = await startFaultTarget();
    // The first rounds that find it end the play: some violations need a fault at the right moment.
    const played = playRecipeChaos({ target, rounds: 120, together: 6, restartEvery: 0, recoveryMs: 5_000, lie });
    await expect(played).rejects.toThrow(found);
  });
});
