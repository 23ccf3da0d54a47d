import { ErrorCode, OpCode } from "@conclave/protocol";
import { expect, it } from "vitest";
import { RecordedCalls } from "../../test-support/recorded-calls.js";
import { stat } from "../../test-support/sample-replies.js";
import { MultiReadBuilder } from "./multi-read-builder.js";

const started = () => {
  const server = new RecordedCalls("/app");
  return { server, reads: new MultiReadBuilder(server.context) };
};

it("the reads are sent as one request, in their order, under the chroot", async () => {
  const { server, reads } = started();
  const results = reads.getData("/a").getChildren("/").read();
  const request = [
    { type: OpCode.getData, path: "/app/a" },
    { type: OpCode.getChildren, path: "/app" },
  ];
  expect(server.calls).toEqual([{ operation: "multiRead", request, path: undefined, isWrite: false }]);
  server.answer([
    { type: OpCode.getData, data: Buffer.from("x"), stat },
    { type: OpCode.getChildren, children: ["kid"] },
  ]);
  expect(await results).toEqual([{ data: Buffer.from("x"), stat }, ["kid"]]);
});

it("a read that fails has its error, with its name and the caller's path, as its result", async () => {
  const { server, reads } = started();
  const results: Promise<unknown[]> = reads.getData("/a").getChildren("/b").read();
  server.answer([
    { type: OpCode.error, err: ErrorCode.NO_NODE },
    { type: OpCode.error, err: ErrorCode.NO_AUTH },
    { type: OpCode.error, err: ErrorCode.SYSTEM_ERROR },
  ]);
  const [data, children, none] = await results;
  expect(data).toMatchObject({ code: "NO_NODE", path: "/a", message: "multiRead, getData /a: NO_NODE (-101)" });
  expect(children).toMatchObject({ code: "NO_AUTH", path: "/b", message: "multiRead, getChildren /b: NO_AUTH (-102)" });
  expect(none).toMatchObject({ code: "SYSTEM_ERROR", path: undefined });
});

it.each([
  ["getData", 'getData "a": invalid path: it does not start with "/"'],
  ["getChildren", 'getChildren "a": invalid path: it does not start with "/"'],
] as const)("an invalid %s is reported by read, and nothing is sent", async (name, message) => {
  const { server, reads } = started();
  const results = reads.getData("/valid")[name]("a").getData("later, and invalid too").getData("/last").read();
  await expect(results).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied", message });
  expect(server.calls).toEqual([]);
});

it("the reads are sent once, and no read can be added afterwards", async () => {
  const { server, reads } = started();
  const results = reads.getData("/a").read();
  reads.getChildren("/late");
  const again = { code: "BAD_ARGUMENTS", outcome: "not-applied", message: "multiRead: already sent" };
  await expect(reads.read()).rejects.toMatchObject(again);
  expect(server.calls.map(({ request }) => (request as unknown[]).length)).toEqual([1]);
  server.answer([{ type: OpCode.getData, data: null, stat }]);
  expect(await results).toEqual([{ data: null, stat }]);
});

it("reads whose signal has aborted are not sent", async () => {
  const { server, reads } = started();
  await expect(reads.getData("/a").read({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  expect(server.calls).toEqual([]);
});
