import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, silentLogger, systemClock } from "@conclave/runtime";
import { beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { makeTestCertificates, type TestCertificates } from "../../test-support/wire/test-certificates.js";
import type { QuorumTlsOptions } from "../options/quorum-tls-options.js";
import { SecureNetwork } from "../quorum/secure-network.js";
import { Discovery } from "./discovery.js";
import { discoveryPort } from "./discovery-port.js";
import { joinEnsemble } from "./join-ensemble.js";
import { fixedPeers } from "./peers.js";
import { initialLines, type ReplicaInfo } from "./replica-info.js";
import { Seals } from "./sealed.js";

const HOST = "127.0.0.1";
const ADDRESS = { host: HOST, quorumPort: 1, electionPort: 2, clientPort: 3 };
const INITIAL = { round: 1, voters: [{ ...ADDRESS, id: 1, disk: "disk-1" }] };
const INFO: ReplicaInfo = {
  ...{ format: 1, name: "orders", id: 1, disk: "disk-1", expect: 1, address: ADDRESS },
  ...{ stage: "empty" },
};

const seals = new Seals("a secret of the replicas");
let certificates: TestCertificates;
let port: number;
let accepted: string[];

function network(tls: QuorumTlsOptions): SecureNetwork {
  return new SecureNetwork({
    ...{ tls, dialsTls: true, acceptsPlain: true, authentication: undefined, logger: silentLogger },
  });
}

function asker(tls: QuorumTlsOptions | undefined): Discovery {
  return new Discovery({
    ...{ name: "orders", peers: fixedPeers([`${HOST}:${port}`]), seals, clock: systemClock, logger: silentLogger },
    network: tls && network(tls),
  });
}

beforeAll(async () => {
  certificates = await makeTestCertificates();
});

beforeEach(async () => {
  accepted = [];
  [port] = (await freePorts(1)) as [number];
  const answering = discoveryPort({
    ...{ address: HOST, port, seals, logger: silentLogger, wallTime: () => systemClock.wallTime() },
    network: network({ ...certificates.server, ca: certificates.ca }),
    info: () => INFO,
    readiness: () => ({ isReady: false, reason: "it has no leader" }),
    accept: async (initial) => {
      accepted.push(initialLines(initial));
      return undefined;
    },
  });
  await answering.listen();
  onTestFinished(() => answering.close());
});

it("replicas with certificates of one authority ask and propose with TLS", async () => {
  const discovery = asker({ ...certificates.server, ca: certificates.ca });
  expect(await discovery.ask()).toEqual([INFO]);
  expect(await discovery.propose("disk-1", INITIAL)).toBeUndefined();
  expect(accepted).toEqual([initialLines(INITIAL)]);
});

it("probes are answered without TLS, and replicas are not", async () => {
  const get = (path: string): Promise<Response> => fetch(`http://${HOST}:${port}${path}`);
  expect((await get("/livez")).status).toBe(200);
  const readiness = await get("/readyz");
  expect([readiness.status, await readiness.text()]).toEqual([503, "it has no leader\n"]);
  const replica = await get("/replica");
  expect([replica.status, await replica.text()]).toEqual([403, expect.stringContaining("with TLS")]);
  expect(await asker(undefined).ask()).toEqual([]);
});

it("a replica learns nothing with a certificate of another authority, or without one", async () => {
  const { ca, stranger, server } = certificates;
  expect(await asker({ ...stranger, ca }).ask()).toEqual([]);
  expect(await asker({ ca }).ask()).toEqual([]);
  // The other direction: it does not trust the one that answers.
  expect(await asker({ ...server, ca: stranger.cert }).ask()).toEqual([]);
});

it("three replicas with TLS form an ensemble", async () => {
  const folder = await mkdtemp(join(tmpdir(), "conclave-tls-replicas-"));
  const free = await freePorts(12);
  const places = [0, 4, 8].map((first) => free.slice(first));
  const replicas = await Promise.all(
    places.map(([discovery, quorum, election, client], index) =>
      joinEnsemble({
        ...{ name: "orders", id: index + 1, dataDir: join(folder, String(index)), host: HOST, thread: "main" },
        ...{ peers: places.map(([each]) => `${HOST}:${each}`), ports: { discovery, quorum, election, client } },
        ...{ server: { preAllocBytes: 65_536 }, tls: { ...certificates.server, ca: certificates.ca } },
      }),
    ),
  );
  onTestFinished(async () => {
    await Promise.all(replicas.map((each) => each.close()));
    await rm(folder, { recursive: true, force: true });
  });
  await Promise.all(replicas.map((each) => each.whenReady()));
  expect(replicas.map(({ mode }) => mode).sort()).toEqual(["follower", "follower", "leader"]);
});
