import { StorageError } from "@conclave/server";
import { expect, it } from "vitest";
import { parseServerConfig } from "./config/server-config.js";
import { startFailure } from "./start-failure.js";

const { config } = parseServerConfig("clientPort=80\ndataDir=/d", "zoo.cfg", "/");
const system = (code: string): Error => Object.assign(new Error(`${code}: no`), { code });

it.each([
  [system("EADDRINUSE"), "port 80 of this machine is in use by another process: stop that, or set another clientPort"],
  [system("EACCES"), "port 80 of this machine may not be opened by this user"],
  [system("EADDRNOTAVAIL"), "is not an address of this machine"],
  [new StorageError("gap", "Transactions are missing", { path: "/d" }), "Transactions are missing"],
  [new RangeError("snapCount must be"), "snapCount must be"],
])("explains %s in one line", (error, expected) => {
  const text = startFailure(error, config);
  expect(text).toContain(expected);
  expect(text).not.toContain("\n");
});

it("names the key of the port that failed", () => {
  const { config: named } = parseServerConfig("clientPort=80\ndataDir=/d\nadmin.serverPort=81", "zoo.cfg", "/");
  expect(startFailure(Object.assign(system("EADDRINUSE"), { port: 81 }), named)).toBe(
    "port 81 of 127.0.0.1 is in use by another process: stop that, or set another admin.serverPort",
  );
});

it("contains the stack of an unexpected error", () => {
  expect(startFailure(new TypeError("a bug"), config)).toMatch(/TypeError: a bug\n\s+at /);
});
