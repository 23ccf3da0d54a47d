import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import { CodecError, jsonCodec, type StandardSchema, textCodec, type ZooKeeper } from "../index.js";

interface Counter {
  readonly count: number;
}
/** A schema as libraries make them; its answer comes later. */
const counterSchema: StandardSchema<Counter> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: async (value) =>
      typeof (value as Counter | null)?.count === "number"
        ? { value: value as Counter }
        : { issues: [{ message: "expected a number", path: ["count"] }] },
  },
};

describe("jsonCodec", () => {
  it("reads the values that it wrote", async () => {
    const codec = jsonCodec<unknown>();
    for (const value of [{ a: [1, "ü"] }, null, false, 0, ""]) {
      expect(await codec.decode(Buffer.from(codec.encode(value) as string))).toEqual(value);
    }
  });

  it.each([
    ["a value that JSON cannot represent", () => jsonCodec().encode(undefined)],
    ["no data", () => jsonCodec().decode(null)],
    ["empty data", () => jsonCodec().decode(Buffer.alloc(0))],
    ["data that is not JSON", () => jsonCodec().decode(Buffer.from("{"))],
    ["data that the schema rejects", () => jsonCodec(counterSchema).decode(Buffer.from('{"count":"1"}'))],
  ])("rejects %s", async (_name, attempt) => {
    await expect((async () => attempt())()).rejects.toThrow();
  });
});

describeOnEachEnsemble("typed data", ({ connectString, root }) => {
  let zk: ZooKeeper;
  let typed: ReturnType<typeof zk.typed<Counter>>;
  beforeAll(async () => {
    zk = await connectForLong(connectString());
    await zk.create(root);
    typed = zk.typed(jsonCodec(counterSchema));
  });
  afterAll(() => zk.close());

  it("is written and read as values", async () => {
    const path = await typed.create(`${root}/typed`, { count: 1 });
    const { data, stat } = await typed.getData(path);
    expectTypeOf(data).toEqualTypeOf<Counter>();
    expect([data, stat.version]).toEqual([{ count: 1 }, 0]);
    await typed.setData(path, { count: 2 }, { version: 0 });
    expect((await zk.getData(path)).data?.toString()).toBe('{"count":2}');
    const made = await typed.create2(`${root}/typed2`, { count: 3 });
    expect(made.stat.dataLength).toBe(11);
  });

  it("that cannot be decoded is an error with the path and the problems", async () => {
    const path = await zk.create(`${root}/other`, '{"count":"one"}');
    const error = await typed.getData(path).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(CodecError);
    expect(error).toMatchObject({ path, message: `${path}: count: expected a number`, issues: [{ path: ["count"] }] });
    await expect(typed.setData(path, undefined as never)).rejects.toBeInstanceOf(CodecError);
    expect((await zk.exists(path))?.version).toBe(0);
  });

  it("is updated by concurrent clients without a lost update", async () => {
    const path = await typed.create(`${root}/updated`, { count: 0 });
    const adding = Array.from({ length: 10 }, () => typed.update(path, ({ count }) => ({ count: count + 1 })));
    expect(new Set((await Promise.all(adding)).map(({ data }) => data.count)).size).toBe(10);
    expect(await typed.getData(path)).toMatchObject({ data: { count: 10 }, stat: { version: 10 } });
  });

  it("can be text", async () => {
    const text = zk.typed(textCodec);
    const path = await text.create(`${root}/text`, "grüße");
    expect((await text.getData(path)).data).toBe("grüße");
    expect((await text.getData(root)).data).toBe("");
  });
});
