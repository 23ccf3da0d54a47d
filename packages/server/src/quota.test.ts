import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, deleteNode, ErrorCode, getData, multi, OPEN_ACL_UNSAFE, OpCode, setData } from "@conclave/protocol";
import { startApacheStandalone } from "@conclave/services";
import { describeOnApache } from "@conclave/vitest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Wire } from "../test-support/wire/wire.js";
import { type Ensemble, startEnsemble } from "./ensemble.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const made = (path: string, data = "") => ({ path, data: bytes(data), acl: OPEN_ACL_UNSAFE, flags: 0 });

async function setQuota(wire: Wire, path: string, limits: string): Promise<void> {
  let at = "/zookeeper/quota";
  for (const part of path.split("/").slice(1)) {
    at += `/${part}`;
    await wire.call(create, made(at));
  }
  await wire.call(create, made(`${at}/zookeeper_limits`, limits));
  await wire.call(create, made(`${at}/zookeeper_stats`, "count=0,bytes=0"));
}

async function read(wire: Wire, path: string): Promise<string> {
  return Buffer.from((await wire.call(getData, { path, watch: false })).response?.data ?? []).toString();
}

/** Returns the usage that a server counts while znodes below two nested quotas are created, changed and deleted. */
async function usages(port: number): Promise<string[]> {
  const wire = new Wire(port);
  await wire.connect();
  const seen: string[] = [];
  const look = async (): Promise<void> => {
    for (const path of ["/a", "/a/b/c"]) seen.push(await read(wire, `/zookeeper/quota${path}/zookeeper_stats`));
  };
  for (const path of ["/a", "/a/b", "/a/b/c", "/other"]) await wire.call(create, made(path, "12345"));
  await setQuota(wire, "/a", "count=5,bytes=100");
  await setQuota(wire, "/a/b/c", "count=5,bytes=100=;byteHardLimit=50");
  await look();
  for (const path of ["/a/b/c/d", "/a/e", "/ab", "/other/f"]) await wire.call(create, made(path, "123"));
  await look();
  await wire.call(setData, { path: "/a/b/c", data: bytes("1"), version: -1 });
  await wire.call(setData, { path: "/a/e", data: null, version: -1 });
  await look();
  await wire.call(multi, [
    { type: OpCode.delete, path: "/a/b/c/d", version: -1 },
    { type: OpCode.create, ...made("/a/g", "1234567") },
  ]);
  await look();
  await wire.call(deleteNode, { path: "/zookeeper/quota/a/b/c/zookeeper_limits", version: -1 });
  await wire.call(create, made("/a/b/c/h", "12"));
  await look();
  wire.destroy();
  return seen;
}

describe("the usage of quotas", () => {
  it("counts creates, changes and deletes for the nearest quota only", async () => {
    await using ensemble = await startEnsemble();
    expect(await usages(ensemble.servers[0]!.port)).toEqual([
      ...["count=3,bytes=15", "count=1,bytes=5"],
      ...["count=4,bytes=18", "count=2,bytes=8"],
      ...["count=4,bytes=15", "count=2,bytes=4"],
      ...["count=5,bytes=22", "count=1,bytes=1"],
      ...["count=6,bytes=24", "count=1,bytes=1"],
    ]);
  });

  it("is counted again when a server starts", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "conclave-quota-"));
    {
      await using ensemble = await startEnsemble({ dataDir });
      await usages(ensemble.servers[0]!.port);
    }
    await using ensemble = await startEnsemble({ dataDir });
    const wire = new Wire(ensemble.servers[0]!.port);
    await wire.connect();
    expect(await read(wire, "/zookeeper/quota/a/zookeeper_stats")).toBe("count=6,bytes=20");
    await wire.call(create, made("/a/i", "1"));
    expect(await read(wire, "/zookeeper/quota/a/zookeeper_stats")).toBe("count=7,bytes=21");
    wire.destroy();
    await rm(dataDir, { recursive: true });
  });

  describeOnApache("compared with Apache's server", () => {
    it("is the same", async () => {
      await using ensemble = await startEnsemble();
      await using apache = await startApacheStandalone();
      expect(await usages(ensemble.servers[0]!.port)).toEqual(await usages(apache.clientPort));
    });
  });
});

describe("a server that enforces quotas", () => {
  let ensemble: Ensemble;
  let wire: Wire;

  beforeEach(async () => {
    ensemble = await startEnsemble({ enforceQuota: true });
    wire = new Wire(ensemble.servers[0]!.port);
    await wire.connect();
    await wire.call(create, made("/a"));
  });
  afterEach(async () => {
    wire.destroy();
    await ensemble.close();
  });

  it("refuses writes beyond a hard limit, and none for a soft one", async () => {
    await setQuota(wire, "/a", "count=1,bytes=5=;countHardLimit=2");
    expect(await wire.call(create, made("/a/b", "123456789"))).toMatchObject({ err: ErrorCode.OK });
    expect(await wire.call(create, made("/a/c"))).toMatchObject({ err: ErrorCode.QUOTA_EXCEEDED });
    expect(await wire.call(deleteNode, { path: "/a/b", version: -1 })).toMatchObject({ err: ErrorCode.OK });
    expect(await wire.call(create, made("/a/c"))).toMatchObject({ err: ErrorCode.OK });
  });

  it("counts bytes as they grow, before it looks at the version", async () => {
    await setQuota(wire, "/a", "count=-1,bytes=-1=;byteHardLimit=10");
    const set = (text: string, version: number) => wire.call(setData, { path: "/a", data: bytes(text), version });
    expect(await set("1234567890", 0)).toMatchObject({ err: ErrorCode.OK });
    expect(await set("12345678901", 99)).toMatchObject({ err: ErrorCode.QUOTA_EXCEEDED });
    expect(await set("1234567890", 99)).toMatchObject({ err: ErrorCode.BAD_VERSION });
    expect(await set("1", 1)).toMatchObject({ err: ErrorCode.OK });
    const [fits] = (await wire.call(multi, [{ type: OpCode.create, ...made("/a/b", "123456789") }])).response!;
    expect(fits).toMatchObject({ type: OpCode.create });
    const [refused] = (await wire.call(multi, [{ type: OpCode.create, ...made("/a/c", "1") }])).response!;
    expect(refused).toEqual({ type: OpCode.error, err: ErrorCode.QUOTA_EXCEEDED });
  });
});
