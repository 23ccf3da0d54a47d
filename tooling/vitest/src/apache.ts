import { type Apache, orThrow } from "@conclave/services";
import { describe, it, type TestContext, type TestOptions } from "vitest";
import { services } from "./services.ts";

/** Returns the Apache ZooKeeper of this machine; throws the reason if it is not available. Call it in tests and hooks only. */
export const apache = (): Apache => orThrow(services().apache);

/** Resolves with the connect string of the Apache ensemble of three that all test files share. The first call starts it. */
export const sharedApache = async (): Promise<string> => {
  const response = await fetch(services().sharedApacheUrl);
  const text = await response.text();
  if (!response.ok) throw new Error(`the shared Apache ensemble did not start: ${text}`);
  return text;
};

/** Returns options that skip a test without Apache ZooKeeper; the report counts the reason. */
export const onApacheOnly = (): Pick<TestOptions, "skip" | "meta"> => {
  const found = services().apache;
  return found.available ? {} : { skip: true, meta: { skippedBecause: `no Apache ZooKeeper: ${found.reason}` } };
};

/**
 * Declares a test that needs Apache ZooKeeper: a server on a data directory of its own, or the Java command line client.
 * `timeoutMs` is the timeout of `it`.
 */
export const itOnApache = (
  name: string,
  test: (apache: Apache, context: TestContext) => void | Promise<void>,
  timeoutMs?: number,
): void =>
  it(name, { ...onApacheOnly(), ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }) }, (context) =>
    test(apache(), context),
  );

/** Describes a suite whose tests all need {@link apache} or {@link sharedApache}. */
export const describeOnApache = (name: string, suite: () => void): void => {
  describe(name, onApacheOnly(), suite);
};
