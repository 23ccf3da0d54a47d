import { test } from "vitest";
import { JuteReader } from "./jute-reader.js";
import { JuteWriter } from "./jute-writer.js";
import { type CreateRequest, create } from "./operations/create.js";
import { getData } from "./operations/get-data.js";
import { OPEN_ACL_UNSAFE } from "./records/acl.js";
import { readReplyHeader, readRequestHeader, writeReplyHeader, writeRequestHeader } from "./records/headers.js";

/** Operations in one run of a function below; ops/s times this is frames/s. */
const BATCH = 1000;

const path = "/services/payments/instances/host-0000000042";
const data = new Uint8Array(100).fill(7);
const stat = {
  czxid: 0x100000123n,
  mzxid: 0x100000456n,
  ctime: 1_790_000_000_000,
  mtime: 1_790_000_000_123,
  version: 3,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0x1000_0020_141c_0002n,
  dataLength: 100,
  numChildren: 0,
  pzxid: 0x100000123n,
};
const createRequest: CreateRequest = { path, data, acl: OPEN_ACL_UNSAFE, flags: 3 };

const out = new JuteWriter(256 * 1024);
const input = new JuteReader();

function frames(write: (xid: number) => void): () => void {
  return () => {
    out.clear();
    for (let xid = 1; xid <= BATCH; xid++) {
      out.beginFrame();
      write(xid);
      out.endFrame();
    }
  };
}

function reads(write: (xid: number) => void, read: () => unknown): () => void {
  out.clear();
  write(1);
  const bytes = out.take();
  return () => {
    for (let i = 0; i < BATCH; i++) {
      input.reset(bytes);
      read();
    }
  };
}

const writers = {
  "getData request": (xid: number) => {
    writeRequestHeader(out, xid, getData.type);
    getData.writeRequest(out, { path, watch: false });
  },
  "getData reply": (xid: number) => {
    writeReplyHeader(out, xid, 0x100000789n, 0);
    getData.writeResponse(out, { data, stat });
  },
  "create request": (xid: number) => {
    writeRequestHeader(out, xid, create.type);
    create.writeRequest(out, createRequest);
  },
  "create reply": (xid: number) => {
    writeReplyHeader(out, xid, 0x100000789n, 0);
    create.writeResponse(out, { path });
  },
};

const readers = {
  "getData request": () => [readRequestHeader(input), getData.readRequest(input)],
  "getData reply": () => [readReplyHeader(input), getData.readResponse(input)],
  "create request": () => [readRequestHeader(input), create.readRequest(input)],
  "create reply": () => [readReplyHeader(input), create.readResponse(input)],
};

test.for(Object.keys(writers) as (keyof typeof writers)[])("%s", async (name, { bench }) => {
  await bench(`write 1000 x ${name}`, frames(writers[name])).run({ time: 300 });
  await bench(`read 1000 x ${name}`, reads(writers[name], readers[name])).run({ time: 300 });
});
