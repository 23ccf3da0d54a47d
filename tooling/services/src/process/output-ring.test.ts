import { expect, it } from "vitest";
import { OutputRing } from "./output-ring.ts";

it("the ring keeps the last characters of all pieces", () => {
  const ring = new OutputRing(5);
  expect(ring.text).toBe("");
  ring.push("abc");
  expect(ring.text).toBe("abc");
  ring.push("defg");
  expect(ring.text).toBe("cdefg");
  ring.push("0123456789");
  expect(ring.text).toBe("56789");
  ring.push("");
  expect(ring.text).toBe("56789");
});
