import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import type { Operation } from "../operation.js";
import { addWatch } from "../operations/add-watch.js";
import { auth } from "../operations/auth.js";
import { check } from "../operations/check.js";
import { checkWatches } from "../operations/check-watches.js";
import { closeSession } from "../operations/close-session.js";
import { create } from "../operations/create.js";
import { createContainer } from "../operations/create-container.js";
import { createTTL } from "../operations/create-ttl.js";
import { create2 } from "../operations/create2.js";
import { deleteNode } from "../operations/delete.js";
import { exists } from "../operations/exists.js";
import { getACL } from "../operations/get-acl.js";
import { getAllChildrenNumber } from "../operations/get-all-children-number.js";
import { getChildren } from "../operations/get-children.js";
import { getChildren2 } from "../operations/get-children2.js";
import { getData } from "../operations/get-data.js";
import { getEphemerals } from "../operations/get-ephemerals.js";
import { multi } from "../operations/multi.js";
import { multiRead } from "../operations/multi-read.js";
import { ping } from "../operations/ping.js";
import { reconfig } from "../operations/reconfig.js";
import { removeWatches } from "../operations/remove-watches.js";
import { sasl } from "../operations/sasl.js";
import { setACL } from "../operations/set-acl.js";
import { setData } from "../operations/set-data.js";
import { setWatches } from "../operations/set-watches.js";
import { setWatches2 } from "../operations/set-watches2.js";
import { sync } from "../operations/sync.js";
import { whoAmI } from "../operations/who-am-i.js";
import {
  readConnectRequest,
  readConnectResponse,
  writeConnectRequest,
  writeConnectResponse,
} from "../records/handshake.js";
import { readReplyHeader, readRequestHeader, writeReplyHeader, writeRequestHeader } from "../records/headers.js";
import { readWatcherEvent, writeWatcherEvent } from "../records/watcher-event.js";

/** Header and body of a frame; undefined where the frame has none. */
export interface FrameValue {
  readonly header?: object;
  readonly body?: unknown;
}

/** Reads and writes frames of one kind in one direction. */
export interface FrameCodec {
  readonly name: string;
  read(input: JuteReader): FrameValue;
  write(out: JuteWriter, value: FrameValue): void;
}

/** Every operation. */
// biome-ignore lint/suspicious/noExplicitAny: a table over bodies of every type
export const operations: readonly Operation<any, any>[] = [
  addWatch,
  checkWatches,
  createContainer,
  createTTL,
  getACL,
  getAllChildrenNumber,
  getEphemerals,
  multiRead,
  reconfig,
  removeWatches,
  sasl,
  setACL,
  setWatches2,
  whoAmI,
  auth,
  check,
  closeSession,
  create,
  create2,
  deleteNode,
  exists,
  getChildren,
  getChildren2,
  getData,
  multi,
  ping,
  setData,
  setWatches,
  sync,
];

function codec<Body>(
  name: string,
  readBody: (input: JuteReader) => Body,
  writeBody: (out: JuteWriter, body: Body) => void,
): FrameCodec {
  return {
    name,
    read: (input) => ({ body: readBody(input) }),
    write: (out, { body }) => writeBody(out, body as Body),
  };
}

/** Codec of requests: a header, then the body. */
function requestCodec(name: string, body: FrameCodec | undefined): FrameCodec {
  return {
    name: `${name} request`,
    read(input) {
      const header = readRequestHeader(input);
      return { header, ...body?.read(input) };
    },
    write(out, value) {
      const { xid, type } = value.header as ReturnType<typeof readRequestHeader>;
      writeRequestHeader(out, xid, type);
      body?.write(out, value);
    },
  };
}

/** Codec of replies: a header, then the body unless the header holds an error. A SASL token follows even then. */
function replyCodec(name: string, body: FrameCodec | undefined): FrameCodec {
  return {
    name: `${name} reply`,
    read(input) {
      const header = readReplyHeader(input);
      return { header, ...(header.err === 0 || name === sasl.name ? body?.read(input) : {}) };
    },
    write(out, value) {
      const { xid, zxid, err } = value.header as ReturnType<typeof readReplyHeader>;
      writeReplyHeader(out, xid, zxid, err);
      if (err === 0 || name === sasl.name) body?.write(out, value);
    },
  };
}

const fromClient = new Map<string, FrameCodec>([
  ["connect", codec("connect request", readConnectRequest, writeConnectRequest)],
  ["unknown", requestCodec("unknown", undefined)],
]);
const fromServer = new Map<string, FrameCodec>([
  ["connect", codec("connect reply", readConnectResponse, writeConnectResponse)],
  ["event", replyCodec("event", codec("event", readWatcherEvent, writeWatcherEvent))],
  ["unknown", replyCodec("unknown", undefined)],
]);
for (const { name, readRequest, writeRequest, readResponse, writeResponse } of operations) {
  fromClient.set(name, requestCodec(name, codec(name, readRequest, writeRequest)));
  fromServer.set(name, replyCodec(name, codec(name, readResponse, writeResponse)));
}

/** Every codec of whole frames, for tests of refusals. */
export const frameCodecs: readonly FrameCodec[] = [...fromClient.values(), ...fromServer.values()];

/** The codec for frames of that kind and direction. */
export function frameCodec(from: "client" | "server", kind: string): FrameCodec {
  const found = (from === "client" ? fromClient : fromServer).get(kind);
  if (found === undefined) throw new Error(`no codec for ${kind} from the ${from}`);
  return found;
}
