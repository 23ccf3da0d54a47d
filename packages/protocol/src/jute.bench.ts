import { test } from "vitest";
import { JuteReader } from "./jute-reader.js";
import { JuteWriter } from "./jute-writer.js";

/*
 * Faster ways to read and write single values, each next to the simple way. Every function below runs 1000 times what its
 * name says, so a latency of 0.01 ms is 10 ns for one. The sizes are those at which the faster way begins or ends.
 */

const BATCH = 1000;
const TIME = { time: 300 };

const out = new JuteWriter(256 * 1024);
const input = new JuteReader();
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

function reads(bytes: Uint8Array, read: () => unknown): () => void {
  return () => {
    for (let i = 0; i < BATCH; i++) {
      input.reset(bytes);
      read();
    }
  };
}

function writes(write: () => void): () => void {
  return () => {
    out.clear();
    for (let i = 0; i < BATCH; i++) write();
  };
}

test.for([4, 8, 12])("read 1000 x a string of %i bytes", async (length, { bench }) => {
  out.clear();
  out.writeString("x".repeat(length));
  const bytes = out.take();
  await bench.compare(
    bench(
      "readString",
      reads(bytes, () => input.readString()),
    ),
    bench(
      "TextDecoder",
      reads(bytes, () => utf8.decode(bytes.subarray(4, 4 + input.readInt()))),
    ),
    TIME,
  );
});

test.for([8, 16, 32, 48])("write 1000 x a slice of %i bytes", async (length, { bench }) => {
  const bytes = new Uint8Array(8192).fill(7);
  await bench.compare(
    bench(
      "writeSlice",
      writes(() => out.writeSlice(bytes, 1000, length)),
    ),
    bench(
      "set with a view",
      writes(() => out.writeBuffer(bytes.subarray(1000, 1000 + length))),
    ),
    TIME,
  );
});

test("read 1000 x a zxid", async ({ bench }) => {
  out.clear();
  out.writeLong(0x1_0000_0789n);
  const bytes = out.take();
  const halves = new DataView(new ArrayBuffer(8));
  // Kept, so that the bigints are allocated.
  const kept = { zxid: 0n, high: 0, low: 0 };
  await bench.compare(
    bench(
      "two numbers",
      reads(bytes, () => {
        kept.high = input.readInt();
        kept.low = input.readInt();
      }),
    ),
    bench(
      "bigint",
      reads(bytes, () => {
        halves.setInt32(0, input.readInt());
        halves.setInt32(4, input.readInt());
        kept.zxid = halves.getBigInt64(0);
      }),
    ),
    TIME,
  );
});
