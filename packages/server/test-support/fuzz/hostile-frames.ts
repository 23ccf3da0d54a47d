import {
  AddWatchMode,
  addWatch,
  auth,
  CreateMode,
  checkWatches,
  closeSession,
  create,
  create2,
  createContainer,
  createTTL,
  deleteNode,
  exists,
  getACL,
  getAllChildrenNumber,
  getChildren,
  getChildren2,
  getData,
  getEphemerals,
  multi,
  multiRead,
  OPEN_ACL_UNSAFE,
  OpCode,
  ping,
  reconfig,
  removeWatches,
  sasl,
  setACL,
  setData,
  setWatches,
  setWatches2,
  sync,
  WatcherType,
  whoAmI,
} from "@conclave/protocol";
import { type Random, randomInt } from "@conclave/runtime";
import { connectFrame, requestFrame } from "../wire/wire.js";

const data = new TextEncoder().encode("some data");
const made = (path: string, flags: number = CreateMode.PERSISTENT) => ({ path, data, acl: OPEN_ACL_UNSAFE, flags });
const watches = { relativeZxid: 1n, dataWatches: ["/a"], existWatches: ["/b"], childWatches: ["/c"] };

/** Valid frames of each request, from which hostile ones are made. */
const REQUESTS: readonly Uint8Array[] = [
  requestFrame(create, made("/a"), 1),
  requestFrame(create, made("/a/s-", CreateMode.EPHEMERAL_SEQUENTIAL), 2),
  requestFrame(create2, made("/b"), 3),
  requestFrame(createContainer, made("/c", CreateMode.CONTAINER), 4),
  requestFrame(createTTL, { ...made("/t", CreateMode.PERSISTENT_WITH_TTL), ttl: 1000n }, 5),
  requestFrame(deleteNode, { path: "/a", version: -1 }, 6),
  requestFrame(setData, { path: "/a", data, version: -1 }, 7),
  requestFrame(setACL, { path: "/a", acl: OPEN_ACL_UNSAFE, version: -1 }, 8),
  requestFrame(exists, { path: "/a", watch: true }, 9),
  requestFrame(getData, { path: "/zookeeper/config", watch: true }, 10),
  requestFrame(getACL, { path: "/a" }, 11),
  requestFrame(getChildren, { path: "/", watch: true }, 12),
  requestFrame(getChildren2, { path: "/zookeeper", watch: false }, 13),
  requestFrame(getAllChildrenNumber, { path: "/" }, 14),
  requestFrame(getEphemerals, { prefixPath: "/" }, 15),
  requestFrame(sync, { path: "/" }, 16),
  requestFrame(whoAmI, undefined, 17),
  requestFrame(ping, undefined, -2),
  requestFrame(addWatch, { path: "/", mode: AddWatchMode.PERSISTENT_RECURSIVE }, 18),
  requestFrame(checkWatches, { path: "/a", type: WatcherType.ANY }, 19),
  requestFrame(removeWatches, { path: "/a", type: WatcherType.DATA }, 20),
  requestFrame(setWatches, watches, -8),
  requestFrame(setWatches2, { ...watches, persistentWatches: ["/d"], persistentRecursiveWatches: ["/e"] }, -8),
  requestFrame(
    multi,
    [
      { type: OpCode.create, ...made("/m") },
      { type: OpCode.setData, path: "/m", data, version: 0 },
      { type: OpCode.check, path: "/m", version: 1 },
      { type: OpCode.delete, path: "/m", version: 1 },
    ],
    21,
  ),
  requestFrame(
    multiRead,
    [
      { type: OpCode.getData, path: "/a" },
      { type: OpCode.getChildren, path: "/" },
    ],
    22,
  ),
];
/** Those that end the connection, most of them once something is wrong with them. */
const FATAL_REQUESTS: readonly Uint8Array[] = [
  requestFrame(auth, { scheme: "digest", auth: new TextEncoder().encode("user:password") }, -4),
  requestFrame(sasl, { token: new Uint8Array(0) }, 23),
  requestFrame(sasl, { token: new TextEncoder().encode('username="ann",nonce="x",response=y') }, 24),
  requestFrame(
    reconfig,
    { joiningServers: "server.1=a:1:2", leavingServers: null, newMembers: null, curConfigId: -1n },
    25,
  ),
  requestFrame({ type: OpCode.deleteContainer, writeRequest: (out) => out.writeString("/zookeeper") }, undefined, 26),
  requestFrame(closeSession, undefined, 27),
];
const WORDS = ["conf", "cons", "dump", "mntr", "stat", "wchc", "stmk", "zzzz"];
const LENGTH_BYTES = 4;
const HEADER_BYTES = 8;
/** Boundary values of numbers. */
const EDGES = [0, 1, -1, 2, 4, 100, 255, 1_048_575, 1_048_576, 2 ** 31 - 1, -(2 ** 31)];

/** Bytes of a connection's start that are no good handshake, most of them. */
export function hostileHandshake(random: Random): Uint8Array {
  switch (randomInt(random, 5)) {
    case 0:
      return random.bytes(randomInt(random, 200));
    case 1:
      return new TextEncoder().encode(WORDS[randomInt(random, WORDS.length)]);
    case 2:
      return framed(random.bytes(randomInt(random, 80)));
    case 3: {
      const good = connectFrame({ timeoutMs: randomInt(random, 60_000), sessionId: BigInt(randomInt(random, 3)) });
      return good.subarray(0, randomInt(random, good.length + 1));
    }
    default:
      return mutated(connectFrame({}), random);
  }
}

/** A request of which something is wrong, most times; few are so wrong that the connection ends with them. */
export function hostileRequest(random: Random): Uint8Array {
  const isFatal = randomInt(random, 40) === 0;
  const all = isFatal ? FATAL_REQUESTS : REQUESTS;
  const good = all[randomInt(random, all.length)]!;
  switch (randomInt(random, 100)) {
    case 0: // with any length: later frames of the connection are cut at any place
      return mutated(good, random);
    case 1:
      return framed(random.bytes(randomInt(random, 100)));
    case 2:
    case 3:
    case 4: // xid and type may be wrong too
      return framed(mutated(good.slice(LENGTH_BYTES), random));
    case 5:
      return good;
    default: {
      const header = good.slice(LENGTH_BYTES, LENGTH_BYTES + HEADER_BYTES);
      return framed(Buffer.concat([header, mutated(good.slice(LENGTH_BYTES + HEADER_BYTES), random)]));
    }
  }
}

function framed(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(LENGTH_BYTES + body.length);
  new DataView(frame.buffer).setInt32(0, body.length);
  frame.set(body, LENGTH_BYTES);
  return frame;
}

function mutated(good: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let bytes = Uint8Array.from(good);
  for (let times = 1 + randomInt(random, 3); times > 0; times--) bytes = mutatedOnce(bytes, random);
  return bytes;
}

function mutatedOnce(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const at = randomInt(random, Math.max(bytes.length, 1));
  switch (randomInt(random, 5)) {
    case 0:
      bytes[at] = randomInt(random, 256);
      return bytes;
    case 1:
      if (at + 4 <= bytes.length) new DataView(bytes.buffer).setInt32(at, EDGES[randomInt(random, EDGES.length)]!);
      return bytes;
    case 2:
      return bytes.slice(0, at);
    case 3:
      return Uint8Array.from([...bytes, ...random.bytes(randomInt(random, 30))]);
    default:
      return Uint8Array.from([...bytes.slice(0, at), ...random.bytes(randomInt(random, 8)), ...bytes.slice(at)]);
  }
}
