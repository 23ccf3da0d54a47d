import { type Apache, orThrow } from "@conclave/services";
import { describe, it, type TestContext, type TestOptions } from "vitest";
import { services } from "./services.ts";

/** The Apache ZooKeeper of this machine. Throws the reason when there is none: call it in tests and hooks only. */
export const apache = (): Apache => orThrow(services().apache);

/** Connect string of the three-server Apache ensemble that all test files of this run share. Started by the first call. */
export const sharedApache = async (): Promise<string> => {
  const response = await fetch(services().sharedApacheUrl);
  const text = await response.text();
  if (!response.ok) throw new Error(`The shared Apache ensemble did not start: ${text}`);
  return text;
};

/** Options that skip a test where there is no Apache ZooKeeper; the run counts the reason at its end. */
export const onApacheOnly = (): Pick<TestOptions, "skip" | "meta"> => {
  const found = services().apache;
  return found.available ? {} : { skip: true, meta: { skippedBecause: `no Apache ZooKeeper: ${found.reason}` } };
};

/**
 * A test that needs the real thing: a server on a data directory of its own, or the Java command line client.
 * `timeoutMs` is that of `it`.
 */
export const itOnApache = (
  name: string,
  test: (apache: Apache, context: TestContext) => void | Promise<void>,
  timeoutMs?: number,
): void =>
  it(name, { ...onApacheOnly(), ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }) }, (context) =>
    test(apache(), context),
  );

/** Describes a suite of which every test needs the real thing, by {@link apache} or {@link sharedApache}. */
export const describeOnApache = (name: string, suite: () => void): void => {
  describe(name, onApacheOnly(), suite);
};
