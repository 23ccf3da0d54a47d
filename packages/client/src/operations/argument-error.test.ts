import { CreateMode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { argumentError, authError, createArgumentError } from "./argument-error.js";

const LONGEST_TTL_MS = 2 ** 40 - 1;
const DATA = "the data must be a string, bytes or null";

describe("argumentError", () => {
  it.each<[string, number | undefined, unknown]>([
    ["/", undefined, undefined],
    ["/a", -1, null],
    ["/a", 0, ""],
    ["/a", -(2 ** 31), "text"],
    ["/a", 2 ** 31 - 1, new Uint8Array(1)],
  ])("accepts the path %j, the version %j and the data %j", (path, version, data) => {
    expect(argumentError("setData", path, version, data as string)).toBe(undefined);
  });

  it.each<[unknown, number, unknown, string]>([
    ["a", -1, null, 'invalid path: it does not start with "/"'],
    ["/a/", -1, null, 'invalid path: it ends with "/"'],
    [7, -1, null, "invalid path: it is not a string"],
    ["/a", Number.NaN, null, "NaN is not a valid version"],
    ["/a", 0.5, null, "0.5 is not a valid version"],
    ["/a", 2 ** 31, null, "2147483648 is not a valid version"],
    ["/a", -1, 7, DATA],
    ["/a", -1, {}, DATA],
  ])("refuses the path %j, the version %j and the data %j", (path, version, data, reason) => {
    expect(argumentError("setData", path as string, version, data as string)).toMatchObject({
      code: "BAD_ARGUMENTS",
      outcome: "not-applied",
      path: String(path),
      message: `setData "${path}": ${reason}`,
    });
  });
});

describe("createArgumentError", () => {
  it.each<[string, number, number | undefined]>([
    ["/a", CreateMode.PERSISTENT, undefined],
    ["/a/", CreateMode.EPHEMERAL_SEQUENTIAL, undefined],
    ["/", CreateMode.PERSISTENT_SEQUENTIAL, undefined],
    ["/a", CreateMode.CONTAINER, undefined],
    ["/a", CreateMode.PERSISTENT_WITH_TTL, 1],
    ["/a", CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, LONGEST_TTL_MS],
  ])("accepts the path %j with the mode %i and the TTL %j", (path, mode, ttlMs) => {
    expect(createArgumentError("create", path, null, mode, ttlMs)).toBe(undefined);
  });

  const ttl = (value: unknown): string => `ttlMs must be a whole number from 1 to ${LONGEST_TTL_MS}, not ${value}`;
  it.each<[string, unknown, number, unknown, string]>([
    ["/a/", null, CreateMode.PERSISTENT, undefined, 'invalid path: it ends with "/"'],
    ["", null, CreateMode.PERSISTENT_SEQUENTIAL, undefined, 'invalid path: it does not start with "/"'],
    ["/a", undefined, CreateMode.PERSISTENT, undefined, DATA],
    ["/a", null, -1, undefined, "-1 is not a valid mode"],
    ["/a", null, 7, undefined, "7 is not a valid mode"],
    ["/a", null, 0.5, undefined, "0.5 is not a valid mode"],
    ["/a", null, Number.NaN, undefined, "NaN is not a valid mode"],
    ["/a", null, CreateMode.CONTAINER, 5, "ttlMs requires a mode with TTL"],
    ["/a", null, CreateMode.PERSISTENT_WITH_TTL, undefined, ttl(undefined)],
    ["/a", null, CreateMode.PERSISTENT_WITH_TTL, 0, ttl(0)],
    ["/a", null, CreateMode.PERSISTENT_WITH_TTL, 1.5, ttl(1.5)],
    ["/a", null, CreateMode.PERSISTENT_WITH_TTL, Infinity, ttl(Infinity)],
    ["/a", null, CreateMode.PERSISTENT_WITH_TTL, LONGEST_TTL_MS + 1, ttl(LONGEST_TTL_MS + 1)],
  ])("refuses the path %j with the data %j, the mode %i and the TTL %j", (path, data, mode, ttlMs, reason) => {
    expect(createArgumentError("create", path, data as null, mode, ttlMs as number)).toMatchObject({
      code: "BAD_ARGUMENTS",
      outcome: "not-applied",
      path,
      message: `create "${path}": ${reason}`,
    });
  });
});

describe("authError", () => {
  it.each<[unknown, unknown, boolean]>([
    ["digest", "ann:secret", true],
    ["digest", new Uint8Array(3), true],
    [7, "ann:secret", false],
    [undefined, new Uint8Array(3), false],
    ["digest", undefined, false],
    ["digest", null, false],
  ])("of the scheme %j with the credentials %j: accepted %j", (scheme, auth, isAccepted) => {
    const error = authError(scheme, auth);
    if (isAccepted) expect(error).toBe(undefined);
    else {
      expect(error).toMatchObject({
        code: "BAD_ARGUMENTS",
        outcome: "not-applied",
        message: "addAuth: the scheme must be a string, and the credentials a string or bytes",
      });
    }
  });
});
