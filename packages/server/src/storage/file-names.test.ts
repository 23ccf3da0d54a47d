import { expect, it } from "vitest";
import { formatZxid } from "../tree/zxid.js";
import { isUnfinished, logName, logsAmong, snapshotName, snapshotsAmong, unfinishedName } from "./file-names.js";

const others = [
  "currentEpoch",
  "log",
  "log.",
  "log.xyz",
  "log.1.gz",
  "snapshot.1.zip",
  "snapshot",
  ".log.1",
  "unfinished-log.1",
];

it("finds logs, oldest first by number", () => {
  const logs = logsAmong([...others, "log.10", "log.9", "log.100000001", "snapshot.5"]);
  expect(logs).toEqual([
    { name: "log.9", firstZxid: 9n },
    { name: "log.10", firstZxid: 16n },
    { name: "log.100000001", firstZxid: 0x1_0000_0001n },
  ]);
});

it("finds snapshots, newest first by number, and how they are compressed", () => {
  expect(snapshotsAmong([...others, "snapshot.9", "snapshot.10.gz", "snapshot.ff.snappy", "log.5"])).toEqual([
    { name: "snapshot.ff.snappy", zxid: 255n, compression: "snappy" },
    { name: "snapshot.10.gz", zxid: 16n, compression: "gz" },
    { name: "snapshot.9", zxid: 9n, compression: "none" },
  ]);
});

it("names files as Java does", () => {
  expect([logName(0x1_0000_00abn), snapshotName(0n), formatZxid(-1n)]).toEqual([
    "log.1000000ab",
    "snapshot.0",
    "0xffffffffffffffff",
  ]);
});

it("names an unfinished file so that Apache's server ignores it", () => {
  const name = unfinishedName(snapshotName(5n));
  expect(isUnfinished(name)).toBe(true);
  expect(isUnfinished(snapshotName(5n))).toBe(false);
  // Apache splits at dots, and looks at the first part.
  expect(name.split(".")[0]).not.toBe("snapshot");
});
