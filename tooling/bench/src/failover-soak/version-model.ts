import type { SequentialModel } from "@conclave/testing";

/** Version of a znode that clients set by its version. */
interface Version {
  readonly version: number;
}

/** A set if the version is the expected one, or a read of the version after a `sync`. */
export type VersionInput = { readonly type: "set"; readonly expected: number } | { readonly type: "read" };

/** A set outputs true and raises the version by one exactly if the version is the expected one. A read outputs the version. */
export const versionModel: SequentialModel<Version, VersionInput, boolean | number> = {
  initial: { version: 0 },
  step(state, input, output) {
    const { version } = state;
    if (input.type === "read") return output === undefined || output === version ? [state] : [];
    const succeeds = version === input.expected;
    if (output !== undefined && output !== succeeds) return [];
    return [succeeds ? { version: version + 1 } : state];
  },
  key: ({ version }) => String(version),
};
