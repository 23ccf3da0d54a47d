import { expect, it } from "vitest";
import { readClusterSettings, readInstanceSettings } from "./settings.js";

it("arguments override environment variables, which override defaults", () => {
  expect(readClusterSettings([], {})).toEqual({ servers: undefined, port: 3000, sessionTimeoutMs: 4000, instances: 4 });
  const env = { CONCLAVE_SERVERS: "a:1", PORT: "4000", SESSION_TIMEOUT_MS: "9000", INSTANCE: "web-9" };
  expect(readInstanceSettings([], env)).toEqual({
    servers: "a:1",
    port: 4000,
    sessionTimeoutMs: 9000,
    name: "web-9",
  });
  const args = ["--servers", "b:2", "--port=0", "--name", "web-1"];
  expect(readInstanceSettings(args, env)).toMatchObject({ servers: "b:2", port: 0, name: "web-1" });
});

it.each([
  [["--port", "x"], "--port must be a whole number"],
  [["--instances", "0"], "--instances must be a whole number from 1 to 20"],
  [["--serves", "a:1"], "--serves"],
])("settings refuse the arguments %j", (args, message) => {
  expect(() => readClusterSettings(args, {})).toThrow(message);
});
