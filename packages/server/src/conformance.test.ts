import {
  type Acl,
  AddWatchMode,
  addWatch,
  auth,
  CreateMode,
  checkWatches,
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
  type JuteReader,
  multi,
  multiRead,
  OPEN_ACL_UNSAFE,
  OpCode,
  type Operation,
  Permission,
  readWatcherEvent,
  removeWatches,
  type Stat,
  setACL,
  setData,
  sync,
  WatcherType,
  whoAmI,
  Xid,
} from "@conclave/protocol";
import { startApacheStandalone } from "@conclave/services";
import { describeOnApache } from "@conclave/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer } from "./server.js";
import { Wire } from "./wire-fixture/wire.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const acl = (permissions: number, scheme = "world", id = "anyone"): Acl[] => [{ permissions, id: { scheme, id } }];
const made = (path: string, flags: number = CreateMode.PERSISTENT, more: object = {}) => ({
  ...{ path, data: bytes("data"), acl: OPEN_ACL_UNSAFE, flags },
  ...more,
});

// biome-ignore lint/suspicious/noExplicitAny: a step's request is whatever its operation takes
type Step = readonly [operation: Operation<any, unknown>, request: unknown];

/** What is asked of both servers, one after the other: the good and the bad, where several things are wrong at once too. */
const script: readonly Step[] = [
  [create, made("/c")],
  [create, made("/c")],
  [create, made("/c/a", CreateMode.PERSISTENT, { data: null })],
  [create, made("/c/b", CreateMode.PERSISTENT, { data: bytes("") })],
  [create2, made("/c/s-", CreateMode.PERSISTENT_SEQUENTIAL)],
  [create2, made("/c/s-", CreateMode.EPHEMERAL_SEQUENTIAL)],
  [create, made("/c/", CreateMode.PERSISTENT_SEQUENTIAL)],
  [create, made("/c/e", CreateMode.EPHEMERAL)],
  [create, made("/c/e/child")],
  [create, made("/none/child")],
  [create, made("no-slash")],
  [create, made("")],
  [create, made("/")],
  [create, made("/c/")],
  [create, made("/c//d")],
  [create, made("/c/..")],
  [create, made("/c/.hidden")],
  [create, made("/c/\u0001")],
  [create, made("/c/\ud83d\ude00")],
  [create, made("/c/grün")],
  [create, made("/x", 99)],
  [create, made("/x", -1)],
  [create, made("/x", CreateMode.PERSISTENT_WITH_TTL)],
  [create, made("/x", CreateMode.PERSISTENT, { acl: [] })],
  [create, made("/none/x", CreateMode.PERSISTENT, { acl: [] })],
  [create, made("/x", CreateMode.PERSISTENT, { acl: acl(31, "world", "somebody") })],
  [create, made("/x", CreateMode.PERSISTENT, { acl: acl(31, "unknown") })],
  [create, made("/x", CreateMode.PERSISTENT, { acl: acl(31, "auth", "") })],
  [create, made("/x", CreateMode.PERSISTENT, { acl: acl(31, "digest", "no-hash") })],
  [create, made("/x", CreateMode.PERSISTENT, { acl: acl(31, "ip", "300.0.0.1") })],
  [create, made("/read-only", CreateMode.PERSISTENT, { acl: acl(Permission.READ) })],
  [create, made("/read-only/child")],
  [setData, { path: "/read-only", data: null, version: 7 }],
  [setACL, { path: "/read-only", acl: OPEN_ACL_UNSAFE, version: -1 }],
  [deleteNode, { path: "/read-only", version: 7 }],
  [create, made("/write-only", CreateMode.PERSISTENT, { acl: acl(Permission.WRITE | Permission.CREATE) })],
  [getData, { path: "/write-only", watch: false }],
  [getChildren, { path: "/write-only", watch: false }],
  [getACL, { path: "/write-only" }],
  [getAllChildrenNumber, { path: "/write-only" }],
  [create, made("/write-only/child")],
  [deleteNode, { path: "/write-only/child", version: -1 }],
  [createContainer, made("/container", CreateMode.CONTAINER)],
  [createContainer, made("/container", CreateMode.CONTAINER)],
  [exists, { path: "/container", watch: false }],
  [createTTL, { ...made("/ttl", CreateMode.PERSISTENT_WITH_TTL), ttl: 100_000n }],
  [createTTL, { ...made("/ttl-", CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL), ttl: 100_000n }],
  [createTTL, { ...made("/ttl0", CreateMode.PERSISTENT_WITH_TTL), ttl: 0n }],
  [createTTL, { ...made("/ttl1", CreateMode.PERSISTENT_WITH_TTL), ttl: -5n }],
  [createTTL, { ...made("/ttl2", CreateMode.PERSISTENT_WITH_TTL), ttl: 1n << 41n }],
  [createTTL, { ...made("/ttl3", CreateMode.PERSISTENT), ttl: 5n }],
  [exists, { path: "/ttl", watch: false }],
  [exists, { path: "/c", watch: false }],
  [exists, { path: "/none", watch: false }],
  [exists, { path: "/c/e", watch: false }],
  [getData, { path: "/c/a", watch: false }],
  [getData, { path: "/c/b", watch: false }],
  [getData, { path: "/none", watch: false }],
  [getChildren, { path: "/c", watch: false }],
  [getChildren2, { path: "/c", watch: false }],
  [getChildren, { path: "/none", watch: false }],
  [getChildren2, { path: "/zookeeper", watch: false }],
  [getAllChildrenNumber, { path: "/c" }],
  [getAllChildrenNumber, { path: "/none" }],
  [getEphemerals, { prefixPath: "/" }],
  [getEphemerals, { prefixPath: "/c/e" }],
  [getEphemerals, { prefixPath: "/none" }],
  [getACL, { path: "/c" }],
  [getACL, { path: "/none" }],
  [getACL, { path: "/zookeeper/config" }],
  [setACL, { path: "/c", acl: acl(31), version: 5 }],
  [setACL, { path: "/c", acl: acl(31), version: 0 }],
  [setACL, { path: "/none", acl: acl(31), version: 0 }],
  [setACL, { path: "/none", acl: [], version: 0 }],
  [setACL, { path: "bad", acl: [], version: 0 }],
  [setData, { path: "/c", data: bytes("other"), version: 0 }],
  [setData, { path: "/c", data: bytes("x"), version: 0 }],
  [setData, { path: "/c", data: null, version: -1 }],
  [setData, { path: "/none", data: null, version: -1 }],
  [setData, { path: "no-slash", data: null, version: -1 }],
  [setData, { path: "/", data: null, version: -1 }],
  [setData, { path: "/zookeeper/config", data: null, version: -1 }],
  [deleteNode, { path: "/c", version: 9 }],
  [deleteNode, { path: "/c", version: -1 }],
  [deleteNode, { path: "/c/a", version: 0 }],
  [deleteNode, { path: "/c/a", version: 0 }],
  [deleteNode, { path: "/none/a", version: 0 }],
  [deleteNode, { path: "/", version: -1 }],
  [deleteNode, { path: "/zookeeper", version: -1 }],
  [deleteNode, { path: "no-slash", version: -1 }],
  [sync, { path: "/c" }],
  [sync, { path: "/none" }],
  [whoAmI, undefined],
  [multi, []],
  [
    multi,
    [
      { type: OpCode.create, ...made("/m") },
      { type: OpCode.setData, path: "/m", data: bytes("1"), version: 0 },
      { type: OpCode.setData, path: "/m", data: bytes("2"), version: 1 },
      { type: OpCode.check, path: "/m", version: 2 },
      { type: OpCode.create, ...made("/m/s-", CreateMode.PERSISTENT_SEQUENTIAL) },
      { type: OpCode.delete, path: "/m/s-0000000000", version: 0 },
    ],
  ],
  [
    multi,
    [
      { type: OpCode.create, ...made("/m/new") },
      { type: OpCode.check, path: "/m", version: 99 },
      { type: OpCode.delete, path: "/m", version: -1 },
    ],
  ],
  [multi, [{ type: OpCode.check, path: "/none", version: -1 }]],
  [multi, [{ type: OpCode.check, path: "/write-only", version: -1 }]],
  [multi, [{ type: OpCode.delete, path: "/", version: -1 }]],
  [exists, { path: "/m", watch: false }],
  [
    multiRead,
    [
      { type: OpCode.getData, path: "/m" },
      { type: OpCode.getChildren, path: "/none" },
      { type: OpCode.getData, path: "/write-only" },
      { type: OpCode.getChildren, path: "/m" },
    ],
  ],
  [multiRead, []],
  [checkWatches, { path: "/m", type: WatcherType.ANY }],
  [removeWatches, { path: "/m", type: WatcherType.DATA }],
  [getData, { path: "/m", watch: true }],
  [checkWatches, { path: "/m", type: WatcherType.DATA }],
  [checkWatches, { path: "/m", type: WatcherType.CHILDREN }],
  [checkWatches, { path: "/m", type: WatcherType.ANY }],
  [setData, { path: "/m", data: null, version: -1 }],
  [checkWatches, { path: "/m", type: WatcherType.DATA }],
  [exists, { path: "/later", watch: true }],
  [getChildren, { path: "/", watch: true }],
  [create, made("/later")],
  [getChildren, { path: "/later", watch: true }],
  [getData, { path: "/later", watch: true }],
  [deleteNode, { path: "/later", version: -1 }],
  [addWatch, { path: "/p", mode: AddWatchMode.PERSISTENT }],
  [create, made("/p")],
  [create, made("/p/a")],
  [setData, { path: "/p", data: null, version: -1 }],
  [deleteNode, { path: "/p/a", version: -1 }],
  [removeWatches, { path: "/p", type: WatcherType.ANY }],
  [setData, { path: "/p", data: null, version: -1 }],
  [addWatch, { path: "/r", mode: AddWatchMode.PERSISTENT_RECURSIVE }],
  [create, made("/r")],
  [create, made("/r/a")],
  [create, made("/r/a/b")],
  [setData, { path: "/r/a/b", data: null, version: -1 }],
  [deleteNode, { path: "/r/a/b", version: -1 }],
  [removeWatches, { path: "/r", type: WatcherType.ANY }],
  [deleteNode, { path: "/r/a", version: -1 }],
  [auth, { scheme: "digest", auth: bytes("alice:secret") }],
  [create, made("/hers", CreateMode.PERSISTENT, { acl: acl(31, "auth", "") })],
  [getACL, { path: "/hers" }],
  [whoAmI, undefined],
  [
    create,
    made("/shown", CreateMode.PERSISTENT, { acl: [...acl(31, "digest", "bob:hash="), ...acl(Permission.READ)] }),
  ],
  [getACL, { path: "/shown" }],
  [create, made("/near", CreateMode.PERSISTENT, { acl: acl(31, "ip", "127.0.0.0/8") })],
  [getData, { path: "/near", watch: false }],
  [create, made("/far", CreateMode.PERSISTENT, { acl: acl(31, "ip", "10.0.0.0/8") })],
  [getData, { path: "/far", watch: false }],
];

/** What a server said, in its order: replies without times and ids, and the events before them. */
async function answers(port: number): Promise<string[]> {
  const wire = new Wire(port);
  await wire.connect();
  const said: string[] = [];
  for (const [index, [operation, request]] of script.entries()) {
    const xid = operation === auth ? Xid.auth : index + 1;
    wire.send(operation, request, xid);
    for (let reply = await wire.reply(); ; reply = await wire.reply()) {
      if (reply.xid !== Xid.notification) {
        const body = reply.err === 0 ? comparable(operation, reply.body) : "";
        said.push(`${index} ${operation.name} ${describe(request)}: ${reply.xid === xid} ${reply.err} ${body}`);
        break;
      }
      said.push(`${index} event ${JSON.stringify(readWatcherEvent(reply.body))}`);
    }
  }
  wire.destroy();
  await wire.closed;
  return said;
}

/** The body without what differs from run to run, and how many bytes it left unread. */
function comparable(operation: Operation<unknown, unknown>, body: JuteReader): string {
  const response = operation.readResponse(body);
  return `${describe(response)} +${body.remaining}`;
}

const UNSTABLE = new Set<keyof Stat>(["czxid", "mzxid", "pzxid", "ctime", "mtime"]);

function describe(value: unknown): string {
  return JSON.stringify(value, (key, field: unknown) => {
    if (UNSTABLE.has(key as keyof Stat)) return undefined;
    if (key === "ephemeralOwner") return field === 0n ? "nobody" : "somebody";
    if (key === "children" || key === "ephemerals") return [...(field as string[])].sort();
    if (key === "clientInfo") return (field as { authScheme: string }[]).map(({ authScheme }) => authScheme).sort();
    if (typeof field === "bigint") return field.toString();
    return field instanceof Uint8Array ? Buffer.from(field).toString("hex") : field;
  });
}

describeOnApache("what our server answers", () => {
  let ours: Awaited<ReturnType<typeof startServer>>;
  let apaches: Awaited<ReturnType<typeof startApacheStandalone>>;

  beforeAll(async () => {
    [ours, apaches] = await Promise.all([startServer({ extendedTypesEnabled: true }), startApacheStandalone()]);
  });
  afterAll(async () => {
    await Promise.all([ours?.close(), apaches?.close()]);
  });

  it("is what Apache's answers, errors, events and their order included", async () => {
    const port = Number(apaches.connectString.split(":").at(-1));
    const [mine, theirs] = [await answers(ours.port), await answers(port)];
    expect(mine).toEqual(theirs);
  });
});
