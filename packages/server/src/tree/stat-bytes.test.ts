import { JuteWriter, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { fillStat, STAT_PERSISTED_BYTES } from "./stat-bytes.js";
import type { StatPersisted } from "./stat-persisted.js";
import { ZnodeTable } from "./znode-table.js";

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const time = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const int = fc.integer();
const stats: fc.Arbitrary<StatPersisted> = fc.record({
  ...{ czxid: long, mzxid: long, pzxid: long, ephemeralOwner: long, ctime: time, mtime: time },
  ...{ version: int, cversion: int, aversion: int },
});

function written(stat: StatPersisted): Uint8Array {
  const out = new JuteWriter();
  for (const zxid of [stat.czxid, stat.mzxid]) out.writeLong(zxid);
  for (const millis of [stat.ctime, stat.mtime]) out.writeMillis(millis);
  for (const version of [stat.version, stat.cversion, stat.aversion]) out.writeInt(version);
  for (const value of [stat.ephemeralOwner, stat.pzxid]) out.writeLong(value);
  return out.take();
}

it("a stat is what jute has it as, from a record and from the table of znodes", () => {
  fc.assert(
    fc.property(stats, (stat) => {
      const bytes = new Uint8Array(STAT_PERSISTED_BYTES);
      fillStat(new DataView(bytes.buffer), stat);
      expect(bytes).toEqual(written(stat));
      const table = new ZnodeTable(0);
      bytes.fill(0);
      table.add("/a", table.root, null, OPEN_ACL_UNSAFE, stat).fillStat(new DataView(bytes.buffer));
      expect(bytes).toEqual(written(stat));
    }),
  );
});
