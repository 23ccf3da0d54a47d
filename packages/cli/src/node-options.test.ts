import { expect, it } from "vitest";
import { missingNodeOptions, serverEnvironment } from "./node-options.js";

const SMALL = ["--max-semi-space-size=4"];

it("a server is given little room for new objects", () => {
  expect(missingNodeOptions(["server", "zoo.cfg"], [""])).toEqual(SMALL);
});

it("it is not given it twice", () => {
  expect(missingNodeOptions(["server", "zoo.cfg"], SMALL)).toEqual([]);
});

it.each([["--max_semi_space_size=64"], ["--enable-source-maps --max-semi-space-size=64"]])(
  "the size that somebody chose by %j is kept",
  (given) => {
    expect(missingNodeOptions(["server", "zoo.cfg"], [given])).toEqual([]);
  },
);

it.each([[["log", "server"]], [["--help"]], [[]]])("the command %j runs as it was started", (args) => {
  expect(missingNodeOptions(args, [])).toEqual([]);
});

it("the environment stays as it is, but for what it does not say", () => {
  expect(serverEnvironment({ A: "b" })).toEqual({ A: "b", MALLOC_ARENA_MAX: "1" });
  expect(serverEnvironment({ MALLOC_ARENA_MAX: "8" })).toEqual({ MALLOC_ARENA_MAX: "8" });
});
