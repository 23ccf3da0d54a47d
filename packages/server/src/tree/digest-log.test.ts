import { describe, expect, it } from "vitest";
import { DigestLog } from "./digest-log.js";

describe("the log of digests", () => {
  it("is for every 128th transaction, by the counter of its zxid", () => {
    const log = new DigestLog();
    const due = [0n, 1n, 127n, 128n, 129n, 256n, 0x5_0000_0080n, 0x5_0000_0081n].filter((zxid) => log.isDue(zxid));
    expect(due).toEqual([0n, 128n, 256n, 0x5_0000_0080n]);
  });

  it("keeps the last 1024 digests, oldest first", () => {
    const log = new DigestLog();
    expect(log.entries).toEqual([]);
    for (let count = 1n; count <= 1024n; count++) log.add(128n * count, count);
    expect([log.entries.length, log.entries[0]]).toEqual([1024, { zxid: 128n, digest: 1n }]);
    log.add(128n * 1025n, 7n);
    expect([log.entries.length, log.entries[0], log.entries.at(-1)]).toEqual([
      ...[1024, { zxid: 256n, digest: 2n }, { zxid: 128n * 1025n, digest: 7n }],
    ]);
  });
});
