import { describe, expect, it } from "vitest";
import { ConsecutiveZxids, EpochZxids } from "./zxid-source.js";

describe("zxids", () => {
  it("of a leader begin with the counter 1 in its epoch, and the next one is known before it is taken", () => {
    const zxids = new EpochZxids(5);
    expect([zxids.upcoming, zxids.next(), zxids.upcoming, zxids.next()]).toEqual([
      ...[0x5_0000_0001n, 0x5_0000_0001n, 0x5_0000_0002n, 0x5_0000_0002n],
    ]);
  });

  it("of a server that is alone continue after the last one, also into the next epoch", () => {
    const zxids = new ConsecutiveZxids(0x5_ffff_fffen);
    expect([zxids.next(), zxids.next()]).toEqual([0x5_ffff_ffffn, 0x6_0000_0000n]);
  });
});
