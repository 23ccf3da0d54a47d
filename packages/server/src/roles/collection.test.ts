import {
  CreateMode,
  create,
  createContainer,
  createTTL,
  deleteNode,
  ErrorCode,
  exists,
  OPEN_ACL_UNSAFE,
} from "@conclave/protocol";
import { afterEach, expect, it } from "vitest";
import { StalledClock } from "../../test-support/wire/stalled-clock.js";
import { Wire } from "../../test-support/wire/wire.js";
import { startServer, type ZooKeeperServer } from "../server.js";

let server: ZooKeeperServer | undefined;
let wire: Wire | undefined;
afterEach(async () => {
  wire?.destroy();
  await server?.close();
});

const made = (path: string, flags: number) => ({ path, data: null, acl: OPEN_ACL_UNSAFE, flags });

it("containers and TTL nodes are looked for at their own interval, however long a tick is", async () => {
  const clock = new StalledClock();
  server = await startServer({ clock, tickTimeMs: 3000, containerCheckIntervalMs: 10, extendedTypesEnabled: true });
  const client = new Wire(server.port);
  wire = client;
  await client.connect();
  const isThere = async (path: string) => (await client.call(exists, { path, watch: false })).err === ErrorCode.OK;
  await client.call(createTTL, { ...made("/ttl", CreateMode.PERSISTENT_WITH_TTL), ttl: 100n });
  await client.call(createContainer, made("/container", CreateMode.CONTAINER));
  await client.call(create, made("/container/child", CreateMode.PERSISTENT));
  clock.pass(100);
  expect([await isThere("/ttl"), await isThere("/container")]).toEqual([true, true]);
  await client.call(deleteNode, { path: "/container/child", version: -1 });
  clock.pass(9);
  expect([await isThere("/ttl"), await isThere("/container")]).toEqual([true, true]);
  clock.pass(1);
  await client.call(create, made("/behind", CreateMode.PERSISTENT));
  expect([await isThere("/ttl"), await isThere("/container")]).toEqual([false, false]);
});
