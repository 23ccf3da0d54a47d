import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Acl, OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { itOnApache } from "@conclave/vitest";
import { afterEach, beforeEach, expect } from "vitest";
import type { Txn } from "../tree/txn.js";
import { FileStorage } from "./file-storage.js";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "conclave-storage-"));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

const nobody = { reset() {}, restoreSession() {}, restoreNode() {}, apply() {} };
const stat = {
  czxid: 1n,
  mzxid: 2n,
  ctime: 1000,
  mtime: 2000,
  version: 3,
  cversion: 4,
  aversion: 5,
  ephemeralOwner: 0n,
  pzxid: 6n,
};
const secret: readonly Acl[] = [{ permissions: 31, id: { scheme: "digest", id: "a:b" } }];

async function opened(): Promise<FileStorage> {
  const storage = new FileStorage({ dataDir, preAllocBytes: 4096 });
  await storage.recover(nobody);
  await storage.snapshot({
    lastZxid: 0x10n,
    sessions: [{ id: 0x1234n, timeoutMs: 4000 }],
    acls: [secret],
    nodes: [
      { path: "", data: new Uint8Array(0), acl: null, stat },
      { path: "/zoo", data: Buffer.from("lion"), acl: secret, stat },
      { path: "/zoo/é中", data: null, acl: null, stat: { ...stat, ephemeralOwner: 0x1234n } },
    ],
  });
  return storage;
}

itOnApache("Apache's SnapshotFormatter prints our snapshot", async ({ java, zookeeper }) => {
  await (await opened()).close();
  const main = "org.apache.zookeeper.server.SnapshotFormatter";
  const args = [
    "-Dfile.encoding=UTF-8",
    "-cp",
    zookeeper.classpath.join(":"),
    main,
    join(dataDir, "version-2/snapshot.10"),
  ];
  const { stdout } = await promisify(execFile)(java.command, args);
  expect(stdout).toContain("/zoo\n  cZxid = 0x00000000000001\n");
  expect(stdout).toContain("/zoo/é中\n");
  expect(stdout).toContain("ephemeralOwner = 0x00000000001234");
  expect(stdout).toMatch(/cversion = 4\s+dataVersion = 3\s+aclVersion = 5/);
  expect(stdout).toMatch(/0x0*1234, 4000, 1\n/);
});

itOnApache("Apache's TxnLogToolkit prints our log, and finds every checksum right", async ({ java, zookeeper }) => {
  const storage = await opened();
  const acl = OPEN_ACL_UNSAFE;
  const data = Buffer.from("x");
  const create: Txn = { type: OpCode.create, path: "/c", data, acl, ephemeral: false, parentCVersion: 1 };
  const txns: Txn[] = [
    { type: OpCode.createSession, timeoutMs: 4000 },
    create,
    { type: OpCode.createContainer, path: "/container", data, acl, parentCVersion: 2 },
    { type: OpCode.createTTL, path: "/ttl", data, acl, parentCVersion: 3, ttl: 1000n },
    { type: OpCode.setData, path: "/c", data: null, version: 1 },
    { type: OpCode.setACL, path: "/c", acl: secret, version: 1 },
    {
      type: OpCode.multi,
      txns: [{ type: OpCode.check, path: "/c", version: 1 }, create, { type: OpCode.delete, path: "/c" }],
    },
    { type: OpCode.delete, path: "/c" },
    { type: OpCode.error, err: -101 },
    { type: OpCode.closeSession, paths: ["/e"] },
  ];
  for (const [index, txn] of txns.entries()) {
    const header = { clientId: 0x1234n, cxid: index, zxid: 0x11n + BigInt(index), time: 1000, type: txn.type };
    storage.append({ header, txn });
  }
  await storage.close();
  const main = "org.apache.zookeeper.server.persistence.TxnLogToolkit";
  const args = ["-cp", zookeeper.classpath.join(":"), main, join(dataDir, "version-2/log.11")];
  const { stdout } = await promisify(execFile)(java.command, args);
  const printed = [...stdout.matchAll(/session 0x\w+ cxid 0x(\w+) zxid 0x(\w+) (\w+)/g)].map((match) =>
    match.slice(1, 4),
  );
  expect(printed).toEqual([
    ["0", "11", "createSession"],
    ["1", "12", "create"],
    ["2", "13", "createContainer"],
    ["3", "14", expect.stringMatching(/^createTTL$/i)],
    ["4", "15", "setData"],
    ["5", "16", "setACL"],
    ["6", "17", "multi"],
    ["7", "18", "delete"],
    ["8", "19", "error"],
    ["9", "1a", "closeSession"],
  ]);
  expect(stdout).toContain("EOF reached after 10 txns.");
  expect(stdout).not.toContain("CRC");
});
