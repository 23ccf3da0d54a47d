import { describe, expect, test } from "vitest";
import tables from "../golden/tables-3.8.0.json" with { type: "json" };
import { fromHex, toHex } from "./golden/hex.js";
import { JuteWriter } from "./jute-writer.js";

function written(write: (out: JuteWriter) => void, initialBytes?: number): string {
  const out = new JuteWriter(initialBytes);
  write(out);
  return toHex(out.take());
}

describe("values", () => {
  test("strings have the bytes that Java writes, halves of surrogate pairs included", () => {
    const strings = tables.written.map(([escaped, hex]) => ({ text: JSON.parse(`"${escaped}"`) as string, hex }));
    expect(strings.length).toBeGreaterThan(50);
    expect(strings.filter(({ text, hex }) => written((out) => out.writeString(text)) !== hex)).toStrictEqual([]);
  });

  test("null strings and buffers have the length -1", () => {
    expect(written((out) => out.writeString(null))).toBe("ffffffff");
    expect(written((out) => out.writeBuffer(null))).toBe("ffffffff");
  });

  test("the two ways to write a long give the same bytes", () => {
    expect(written((out) => out.writeLong(-2n))).toBe("fffffffffffffffe");
    expect(written((out) => out.writeLongHalves(-1, -2))).toBe("fffffffffffffffe");
  });

  test.each([
    [Number.MAX_SAFE_INTEGER, "001fffffffffffff"],
    [Number.MIN_SAFE_INTEGER, "ffe0000000000001"],
    [-1, "ffffffffffffffff"],
    [0xffffffff, "00000000ffffffff"],
  ])("the time %i is exact", (value, hex) => {
    expect(written((out) => out.writeMillis(value))).toBe(hex);
  });

  test("a slice of bytes is written like a string or a buffer of these bytes", () => {
    const bytes = fromHex("2fe282ac2f"); // "/€/"
    const name = (out: JuteWriter) => out.writeSlice(bytes, 1, 3);
    expect(written(name, 0)).toBe(written((out) => out.writeString("€")));
    expect(written((out) => out.writeSlice(bytes, 5, 0))).toBe(written((out) => out.writeBuffer(new Uint8Array(0))));
  });

  test.each([48, 49, 300])("a slice of %i bytes is written whole", (length) => {
    const bytes = Uint8Array.from({ length: length + 7 }, (_, index) => index);
    const slice = bytes.subarray(3, 3 + length);
    const write = (out: JuteWriter) => {
      out.writeInt(-1);
      out.writeSlice(bytes, 3, length);
      out.writeInt(-1);
    };
    expect(written(write, 0)).toBe(`ffffffff${written((out) => out.writeBuffer(slice))}ffffffff`);
  });

  test("single bytes, booleans and raw bytes have no length", () => {
    const write = (out: JuteWriter) => {
      out.writeByte(0x1ff);
      out.writeBool(true);
      out.writeBool(false);
      out.writeRaw(fromHex("abcd"));
    };
    expect(written(write)).toBe("ff0100abcd");
  });
});

describe("growth", () => {
  test.each([0, 1, 7, 512])("a writer that starts with %i bytes grows to hold everything written", (initialBytes) => {
    const write = (out: JuteWriter) => {
      for (let i = 0; i < 300; i++) {
        out.writeInt(i);
        out.writeString("x".repeat(i % 50));
        out.writeBuffer(new Uint8Array(i).fill(i));
      }
    };
    expect(written(write, initialBytes)).toBe(written(write, 1 << 20));
  });

  test("the buffer is replaced only when it is full, by one of twice the size or more", () => {
    const out = new JuteWriter(4);
    const { buffer } = out;
    out.writeInt(1);
    expect(out.buffer).toBe(buffer);
    const buffers = new Set<Uint8Array>();
    for (let i = 0; i < 1000; i++) {
      out.writeInt(i);
      buffers.add(out.buffer);
    }
    // 8, 16, 32 and so on, up to 8192 bytes.
    expect(buffers.size).toBeLessThanOrEqual(11);
  });

  test("a string takes only its encoded bytes", () => {
    const out = new JuteWriter(0);
    out.writeString("abc");
    expect(out.length).toBe(7);
  });
});

describe("take, peek and clear", () => {
  test("taken bytes are not changed by the next write", () => {
    const out = new JuteWriter();
    out.writeInt(1);
    const first = out.take();
    out.writeInt(2);
    expect([toHex(first), toHex(out.take()), out.length]).toStrictEqual(["00000001", "00000002", 0]);
  });

  test("written bytes can be changed in the buffer", () => {
    const out = new JuteWriter();
    out.writeInt(1);
    out.buffer[out.length - 1] = 2;
    expect(toHex(out.take())).toBe("00000002");
  });

  test("the buffer is kept by a take", () => {
    const out = new JuteWriter(8);
    const { buffer } = out;
    out.writeInt(1);
    out.take();
    expect(out.buffer).toBe(buffer);
  });

  test("peek leaves the written bytes in place", () => {
    const out = new JuteWriter();
    out.writeInt(1);
    expect(toHex(out.peek())).toBe("00000001");
    expect(toHex(out.take())).toBe("00000001");
  });

  test("a cleared writer is empty and has no open frame", () => {
    const out = new JuteWriter();
    out.beginFrame();
    out.writeInt(1);
    out.clear();
    out.beginFrame();
    out.endFrame();
    expect(toHex(out.take())).toBe("00000000");
  });
});

describe("frames", () => {
  test("each begins with its length", () => {
    const write = (out: JuteWriter) => {
      for (const count of [0, 1, 3]) {
        out.beginFrame();
        for (let i = 0; i < count; i++) out.writeByte(count);
        expect(out.endFrame()).toBe(count);
      }
    };
    expect(written(write, 0)).toBe("00000000" + "0000000101" + "00000003030303");
  });

  test.each([0, 1, 2, 3, 4])("one may begin after %i bytes", (before) => {
    const out = new JuteWriter(0);
    out.writeRaw(new Uint8Array(before));
    out.beginFrame();
    out.writeByte(7);
    expect(out.endFrame()).toBe(1);
    expect(toHex(out.take())).toBe(`${"00".repeat(before)}0000000107`);
  });

  test("cancelling one keeps those before it", () => {
    const write = (out: JuteWriter) => {
      out.beginFrame();
      out.writeByte(1);
      out.endFrame();
      out.beginFrame();
      out.writeString("x".repeat(2000));
      out.cancelFrame();
      out.beginFrame();
      out.writeByte(2);
      out.endFrame();
    };
    expect(written(write)).toBe("0000000101" + "0000000102");
  });

  test.each([
    ["endFrame without a frame", (out: JuteWriter) => out.endFrame()],
    ["cancelFrame without a frame", (out: JuteWriter) => out.cancelFrame()],
    ["beginFrame within a frame", (out: JuteWriter) => [out.beginFrame(), out.beginFrame()]],
    ["take within a frame", (out: JuteWriter) => [out.beginFrame(), out.take()]],
  ])("%s is the caller's error", (message, misuse) => {
    const out = new JuteWriter();
    out.writeInt(1);
    expect(() => misuse(out)).toThrow(message);
    out.clear();
    expect(out.length).toBe(0);
  });
});
