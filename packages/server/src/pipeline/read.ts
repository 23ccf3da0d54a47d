import {
  ErrorCode,
  exists,
  getACL,
  getAllChildrenNumber,
  getChildren,
  getChildren2,
  getData,
  getEphemerals,
  type Id,
  type MultiReadOperation,
  type MultiReadReply,
  multiRead,
  OpCode,
  type Operation,
  type PathRequest,
  Permission,
  ProtocolError,
  ping,
  type WatchedPath,
  whoAmI,
  writeReplyHeader,
  Xid,
} from "@conclave/protocol";
import { isAllowed, withoutSecrets } from "../tree/acl-check.js";
import type { DataTree } from "../tree/data-tree.js";
import type { Znode } from "../tree/znode.js";
import type { Channel } from "./channel.js";
import { writeEmptyReply } from "./reply.js";
import { watchRequests } from "./watch-request.js";

/** A request that changes nothing but watches: how it is read, and how it is answered from the tree as it is then. */
export interface Read<Request> {
  readonly operation: Pick<Operation<Request, unknown>, "readRequest">;
  answer(tree: DataTree, channel: Channel, xid: number, request: Request): void;
}

/** A reply with a body. */
function reply<Reply>(
  tree: DataTree,
  channel: Channel,
  xid: number,
  operation: Pick<Operation<never, unknown, Reply>, "writeResponse">,
  response: Reply,
): void {
  const out = channel.output();
  out.beginFrame();
  writeReplyHeader(out, xid, tree.lastZxid, ErrorCode.OK);
  operation.writeResponse(out, response);
  out.endFrame();
}

function refuse(tree: DataTree, channel: Channel, xid: number, err: ErrorCode): void {
  writeEmptyReply(channel.output(), xid, tree.lastZxid, err);
}

/** The znode that a client may do this to, or why it may not. A path that none can have is one where none is. */
function find(tree: DataTree, path: string, permission: number, ids: readonly Id[]): Znode | ErrorCode {
  const node = tree.get(path);
  if (node === undefined) return ErrorCode.NO_NODE;
  return isAllowed(node.acl, permission, ids) ? node : ErrorCode.NO_AUTH;
}

/** A read of one znode that may leave a watch on its data or its children. */
function nodeRead<Reply>(
  operation: Operation<WatchedPath, unknown, Reply>,
  watches: "dataWatches" | "childWatches",
  respond: (node: Znode) => Reply,
): Read<WatchedPath> {
  const watchesAbsence = operation.type === OpCode.exists;
  return {
    operation,
    answer(tree, channel, xid, { path, watch }) {
      // The one path that Apache's exists refuses; its other reads do not.
      if (watchesAbsence && path.includes("\0")) return refuse(tree, channel, xid, ErrorCode.BAD_ARGUMENTS);
      const node = find(tree, path, Permission.READ, channel.rights);
      const found = typeof node !== "number";
      if (watch && (found || (watchesAbsence && node === ErrorCode.NO_NODE))) {
        const isNew = !tree[watches].has(path, channel);
        if (isNew && !tree.hasRoomForWatch(channel, path)) return refuse(tree, channel, xid, ErrorCode.THROTTLED_OP);
        tree[watches].add(path, channel);
      }
      if (found) reply(tree, channel, xid, operation, respond(node));
      else refuse(tree, channel, xid, node);
    },
  };
}

const readACL: Read<PathRequest> = {
  operation: getACL,
  answer(tree, channel, xid, { path }) {
    const node = find(tree, path, Permission.READ | Permission.ADMIN, channel.rights);
    if (typeof node === "number") return refuse(tree, channel, xid, node);
    const mayChange = isAllowed(node.acl, Permission.ADMIN, channel.rights);
    const acl = mayChange ? node.acl : withoutSecrets(node.acl);
    reply(tree, channel, xid, getACL, { acl, stat: node.stat() });
  },
};

const countBelow: Read<PathRequest> = {
  operation: getAllChildrenNumber,
  answer(tree, channel, xid, { path }) {
    const node = find(tree, path, Permission.READ, channel.rights);
    if (typeof node === "number") return refuse(tree, channel, xid, node);
    // All paths start with "", that of the root among them.
    const totalNumber = path === "" ? tree.countBelow("/") + 1 : tree.countBelow(path);
    reply(tree, channel, xid, getAllChildrenNumber, { totalNumber });
  },
};

const listEphemerals: Read<{ readonly prefixPath: string }> = {
  operation: getEphemerals,
  answer(tree, channel, xid, { prefixPath }) {
    const all = [...tree.ephemeralsOf(channel.session!.id)];
    const ephemerals = isRoot(prefixPath) ? all : all.filter((path) => path.startsWith(prefixPath));
    reply(tree, channel, xid, getEphemerals, { ephemerals });
  },
};

/** Returns true if a prefix is "/" or "" after Java's `trim`, which removes all characters up to the space. */
function isRoot(prefixPath: string): boolean {
  const visible = Array.from(prefixPath).filter((character) => character > " ");
  return visible.length === 0 || (visible.length === 1 && visible[0] === "/");
}

const identify: Read<undefined> = {
  operation: whoAmI,
  answer(tree, channel, xid) {
    const clientInfo = channel.ids.map(({ scheme, id }) => ({
      authScheme: scheme,
      user: scheme === "digest" ? id.split(":", 1)[0]! : id,
    }));
    reply(tree, channel, xid, whoAmI, { clientInfo });
  },
};

/** No client takes a reply of so many bytes, and a small request could ask for all of the memory. */
const MAX_MULTI_READ_BYTES = 64 * 1024 * 1024;

function refuseBeyond(bytes: number): void {
  if (bytes <= MAX_MULTI_READ_BYTES) return;
  throw new ProtocolError("oversized", `a multiRead of more than ${MAX_MULTI_READ_BYTES} bytes`);
}

const readSeveral: Read<readonly MultiReadOperation[]> = {
  operation: multiRead,
  answer(tree, channel, xid, operations) {
    let bytes = 0;
    const results = operations.map(({ type, path }): MultiReadReply => {
      const node = find(tree, path, Permission.READ, channel.rights);
      if (typeof node === "number") return { type: OpCode.error, err: node };
      if (type === OpCode.getData) {
        bytes += node.data?.length ?? 0;
        refuseBeyond(bytes);
        return { type, data: node.data, stat: node.stat() };
      }
      const children = node.childNames;
      bytes += children.byteLength;
      refuseBeyond(bytes);
      return { type, children };
    });
    reply(tree, channel, xid, multiRead, results);
  },
};

/** The reply has the xid that pings are known by, whatever the request's is. */
const pong: Read<undefined> = {
  operation: ping,
  answer: (tree, channel) => writeEmptyReply(channel.output(), Xid.ping, tree.lastZxid, ErrorCode.OK),
};

// biome-ignore lint/suspicious/noExplicitAny: each read decodes the requests that it answers
type AnyRead = Read<any>;

/** All reads by their type. */
export const reads: ReadonlyMap<number, AnyRead> = new Map<number, AnyRead>([
  [OpCode.ping, pong],
  [OpCode.exists, nodeRead(exists, "dataWatches", (node) => ({ stat: node.stat() }))],
  [OpCode.getData, nodeRead(getData, "dataWatches", (node) => ({ data: node.data, stat: node.stat() }))],
  [OpCode.getChildren, nodeRead(getChildren, "childWatches", (node) => ({ children: node.childNames }))],
  [
    OpCode.getChildren2,
    nodeRead(getChildren2, "childWatches", (node) => ({ children: node.childNames, stat: node.stat() })),
  ],
  [OpCode.getACL, readACL],
  [OpCode.getAllChildrenNumber, countBelow],
  [OpCode.getEphemerals, listEphemerals],
  [OpCode.whoAmI, identify],
  [OpCode.multiRead, readSeveral],
  ...watchRequests,
]);
