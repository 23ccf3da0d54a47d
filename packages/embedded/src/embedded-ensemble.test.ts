import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateMode } from "@conclave/client";
import { freePorts } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { PATIENT_SESSION } from "@conclave/vitest";
import { expect, it, onTestFinished } from "vitest";
import { type EmbeddedEnsemble, embeddedEnsemble } from "./index.js";

const COUNT = 3;
const PORTS_OF_ONE = 4;

/** Returns the part of each of three replicas of a service; none has joined yet. */
async function replicas(): Promise<EmbeddedEnsemble[]> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-embedded-"));
  const all = await freePorts(PORTS_OF_ONE * COUNT);
  const places = Array.from({ length: COUNT }, (_, index) => all.slice(PORTS_OF_ONE * index));
  const peers = places.map(([discovery]) => `127.0.0.1:${discovery}`);
  const parts = places.map(([discovery, quorum, election, client], index) =>
    embeddedEnsemble({
      ...{ name: "orders", id: index + 1, dataDir: join(folder, String(index)), peers, host: "127.0.0.1" },
      ...{ ports: { discovery, quorum, election, client }, thread: "main", server: { preAllocBytes: 65_536 } },
    }),
  );
  onTestFinished(async () => {
    await Promise.all(parts.map((part) => part.close()));
    await rm(folder, { recursive: true, force: true });
  });
  return parts;
}

it("replicas form an ensemble, and a client continues at another server when its own has closed", async () => {
  const parts = await replicas();
  const clients = await Promise.all(parts.map((part) => part.connect(PATIENT_SESSION)));
  await clients[1]!.create("/leader", "2", { mode: CreateMode.EPHEMERAL });
  await parts[0]!.close();
  await clients[0]!.create("/after", "");
  await clients[0]!.sync("/");
  expect((await clients[0]!.getChildren("/")).sort()).toEqual(["after", "leader", "zookeeper"]);
  await Promise.all(clients.map((zk) => zk.close()));
});

it("a replica that does not find the others names them", async () => {
  const [first] = await replicas();
  await expect(first!.connect({ connectTimeoutMs: 1_000 })).rejects.toThrow(
    "replica 1 of the ensemble is not ready after 1000 ms: replica 2, 3 of the first 3 has not been found yet",
  );
  const replica = await first!.join();
  await eventually(() => expect(replica.mode).toBe("waiting"));
});
