import { expect, it } from "vitest";
import { shownDuration } from "./shown-duration.js";

it.each([
  [-5, "0 s"],
  [999, "0 s"],
  [59_999, "59 s"],
  [300_000, "5 min 0 s"],
  [3_661_000, "1 h 1 min"],
  [356_400_000, "4 d 3 h"],
])("%i ms are shown as %s", (ms, text) => expect(shownDuration(ms)).toBe(text));
