import { forEachSeed } from "@conclave/testing";
import { expect, it } from "vitest";
import { showBytes } from "./show-bytes.ts";

it("shows UTF-8 as text and other bytes in hexadecimal", () => {
  expect(showBytes(Buffer.from('a"b\u0001\u0085ü'))).toBe('"a\\"b\\u0001\\u0085ü"');
  expect(showBytes(Uint8Array.of(0x61, 0xff))).toBe('x"61ff"');
  expect(showBytes(Buffer.from("\ufeffa"))).toBe('"\\ufeffa"');
});

it("shows different bytes differently", async () => {
  const alphabet = [0x61, 0x5c, 0x22, 0xc3, 0xbc, 0xef, 0xbb, 0xbf, 0xbd, 0x75, 0x30, 0x00];
  const seen = new Map<string, string>();
  await forEachSeed(
    async (random) => {
      const bytes = Uint8Array.from({ length: Math.floor(random.float() * 5) }, () => {
        return alphabet[Math.floor(random.float() * alphabet.length)]!;
      });
      const [shown, hex] = [showBytes(bytes), Buffer.from(bytes).toString("hex")];
      expect(seen.get(shown) ?? hex).toBe(hex);
      seen.set(shown, hex);
    },
    { count: 5000 },
  );
});
