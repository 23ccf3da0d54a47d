import { once } from "node:events";
import { connect } from "node:net";
import { create, ErrorCode, getData, OPEN_ACL_UNSAFE, setData } from "@conclave/protocol";
import { type LogFields, type Random, silentLogger } from "@conclave/runtime";
import { fourLetterWord } from "@conclave/services";
import { forEachSeed } from "@conclave/testing";
import { expect, it } from "vitest";
import { hostileHandshake, hostileRequest } from "../test-support/fuzz/hostile-frames.js";
import { connectFrame, Wire } from "../test-support/wire/wire.js";
import { startServer, type ZooKeeperServer } from "./server.js";

/** In parts, each of which is short: a hundred thousand frames in all. */
const PARTS = [1, 2, 3, 4, 5];
const SEEDS_PER_PART = 2;
const HANDSHAKES_PER_SEED = 500;
const REQUESTS_PER_SEED = 9500;
const REQUESTS_PER_CONNECTION = 10;
const AT_ONCE = 8;
/** Some requests end their connection, and those after them are not read. At least this share must be handled. */
const MIN_HANDLED = 0.6;
/** Far less than the hostile lengths ask for, far more than the znodes that are created take. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;

/** Bytes of one connection: `requests` are sent after the handshake was answered. */
interface Attack {
  readonly handshake: Uint8Array;
  readonly requests: Uint8Array | undefined;
}

/** Sends all of it, reads whatever comes, and waits for the end. */
async function launch(port: number, { handshake, requests }: Attack): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  const closed = once(socket, "close");
  socket.on("error", () => {});
  if (requests === undefined) {
    socket.end(handshake);
  } else {
    socket.write(handshake);
    await Promise.race([once(socket, "data"), closed]);
    socket.end(requests);
  }
  socket.resume();
  await closed;
}

function attacks(random: Random): Attack[] {
  const handshakes = Array.from({ length: HANDSHAKES_PER_SEED }, (): Attack => {
    return { handshake: hostileHandshake(random), requests: undefined };
  });
  const sessions = Array.from({ length: REQUESTS_PER_SEED / REQUESTS_PER_CONNECTION }, (): Attack => {
    const requests = Array.from({ length: REQUESTS_PER_CONNECTION }, () => hostileRequest(random));
    return { handshake: connectFrame({ timeoutMs: 1000 }), requests: Buffer.concat(requests) };
  });
  return [...handshakes, ...sessions];
}

/** Another client's day: a write and a read of it, for each batch of attacks. */
async function liveOn(bystander: Wire, turn: number): Promise<void> {
  const data = new TextEncoder().encode(String(turn));
  const path = "/zookeeper/quota/bystander";
  expect(await bystander.call(setData, { path, data, version: -1 }, turn)).toMatchObject({ err: ErrorCode.OK });
  expect(await bystander.call(getData, { path, watch: false }, turn)).toMatchObject({ response: { data } });
}

async function attack(server: ZooKeeperServer, bystander: Wire, random: Random): Promise<void> {
  const all = attacks(random);
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const batch = all.slice(at, at + AT_ONCE).map((each) => launch(server.port, each));
    await liveOn(bystander, at + 1);
    await Promise.all(batch);
  }
}

it.each(PARTS)(
  "twenty thousand hostile handshakes and requests cause no error, no memory leak and no failure for other clients: part %i",
  async () => {
    const complaints: [string, LogFields?][] = [];
    const logger = { ...silentLogger, error: (...complaint: [string, LogFields?]) => void complaints.push(complaint) };
    await forEachSeed(
      async (random) => {
        await using server = await startServer({
          ...{ logger, maxClientConnections: 0, extendedTypesEnabled: true, enforceQuota: true, fourLetterWords: "*" },
          ...{ saslUsers: { ann: "secret" }, minSessionTimeoutMs: 1000, tickTimeMs: 200, maxSessionTimeoutMs: 60_000 },
        });
        const bystander = new Wire(server.port);
        await bystander.connect({ timeoutMs: 60_000 });
        const path = "/zookeeper/quota/bystander";
        await bystander.call(create, { path, data: null, acl: OPEN_ACL_UNSAFE, flags: 0 });
        const before = process.memoryUsage().rss;
        await attack(server, bystander, random);
        expect(complaints).toEqual([]);
        const [, received] = /Received: (\d+)/.exec(await fourLetterWord({ port: server.port, word: "srvr" }))!;
        expect(Number(received)).toBeGreaterThan(REQUESTS_PER_SEED * MIN_HANDLED);
        expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH_BYTES);
        bystander.destroy();
      },
      { count: SEEDS_PER_PART },
    );
  },
);
