import { expect, it } from "vitest";
import { type KnownDeviation, withDeviations } from "./known-deviation.ts";

const recorded = ["A > 1 exists", "A < 1 +1 0", "A > 2 whoAmI", "A < event -1 0", "A < 2 +1 0", "zxid +1"];
const deviation: KnownDeviation = {
  ...{ reason: "as a test", scenario: "a b", request: "A > 2 who" },
  answers: ["A < 2 +1 -102"],
};

it("a deviation replaces the answers to one request only", () => {
  const expected = [...recorded.slice(0, 3), "A < 2 +1 -102", "zxid +1"];
  expect(withDeviations(recorded, [deviation])).toEqual(expected);
});

it("a deviation with endsHere drops the rest of the transcript", () => {
  const ended = { ...deviation, answers: ["A < end", "zxid +0"], endsHere: true };
  expect(withDeviations(recorded, [ended])).toEqual([...recorded.slice(0, 3), "A < end", "zxid +0"]);
});

it("a deviation without its request in the recording is refused", () => {
  expect(() => withDeviations(recorded, [{ ...deviation, request: "A > 9" }])).toThrow("out of date");
});

it("a deviation equal to the recording is refused", () => {
  const none = { ...deviation, request: "A > 1", answers: ["A < 1 +1 0"] };
  expect(() => withDeviations(recorded, [none])).toThrow("from the list");
});
