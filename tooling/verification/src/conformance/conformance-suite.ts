import type { ServerOptions } from "@conclave/server";
import { access } from "./scenarios/access.ts";
import { changing } from "./scenarios/changing.ts";
import { configuring } from "./scenarios/configuring.ts";
import { COUNTED, counting } from "./scenarios/counting.ts";
import { creating } from "./scenarios/creating.ts";
import { firstTree } from "./scenarios/first-tree.ts";
import { nullUnderQuota, nullValues, nullWithSasl } from "./scenarios/null-values.ts";
import { oddFrames } from "./scenarios/odd-frames.ts";
import { ANN, proving } from "./scenarios/proving.ts";
import { reading } from "./scenarios/reading.ts";
import type { ScenarioGroup } from "./scenarios/scenario.ts";
import { sessions } from "./scenarios/sessions.ts";
import { strict } from "./scenarios/strict.ts";
import { together } from "./scenarios/together.ts";
import { watching } from "./scenarios/watching.ts";
import { snapshotOf } from "./wire/snapshot-of.ts";

/** Settings of a server, for Apache's and for ours. */
export interface ConformanceSetup {
  readonly name: string;
  /** Keys of a `zoo.cfg`. */
  readonly zooCfg: Readonly<Record<string, string | number | boolean>>;
  readonly serverOptions: ServerOptions;
  /** Arguments of `java` for Apache's server: settings that it does not read from a `zoo.cfg`. */
  readonly jvmArgs: readonly string[];
  /** Content of version-2/snapshot.0; without it, the server starts empty. */
  readonly snapshot?: Uint8Array | undefined;
  /** JAAS configuration with the users that can authenticate by SASL. */
  readonly jaas?: string | undefined;
  /** Scenarios for a server with these settings. */
  readonly groups: readonly ScenarioGroup[];
}

/** Digest of the password `secret`. */
const SUPER_DIGEST = "super:lK75jTNcA+U9vtVEw5vB51mj/w4=";

/**
 * A day between two removals of empty containers and expired TTL znodes: a removal in the middle of a scenario would take zxids.
 */
const CONTAINER_CHECK_MS = 86_400_000;
const sameJvmArgs = [`-Dznode.container.checkIntervalMs=${CONTAINER_CHECK_MS}`];

const sameOptions = {
  containerCheckIntervalMs: CONTAINER_CHECK_MS,
  tickTimeMs: 500,
  minSessionTimeoutMs: 2000,
  maxSessionTimeoutMs: 60_000,
  maxClientConnections: 0,
};
const sameCfg = { tickTime: 500, minSessionTimeout: 2000, maxSessionTimeout: 60_000, maxClientCnxns: 0 };

/** All scenarios, by the settings of their server. */
export const CONFORMANCE_SETUPS: readonly ConformanceSetup[] = [
  {
    name: "a server",
    zooCfg: { ...sameCfg, extendedTypesEnabled: true },
    serverOptions: { ...sameOptions, extendedTypesEnabled: true },
    jvmArgs: sameJvmArgs,
    groups: [
      firstTree,
      creating,
      changing,
      reading,
      access,
      together,
      watching,
      sessions,
      oddFrames,
      configuring,
      nullValues,
    ],
  },
  {
    name: "a strict server",
    zooCfg: {
      ...sameCfg,
      extendedTypesEnabled: false,
      enforceQuota: true,
      "DigestAuthenticationProvider.superDigest": SUPER_DIGEST,
    },
    serverOptions: { ...sameOptions, extendedTypesEnabled: false, enforceQuota: true, superDigest: SUPER_DIGEST },
    jvmArgs: sameJvmArgs,
    groups: [strict, nullUnderQuota],
  },
  {
    name: "a server with counters at their end",
    zooCfg: { ...sameCfg, extendedTypesEnabled: true },
    serverOptions: { ...sameOptions, extendedTypesEnabled: true },
    jvmArgs: sameJvmArgs,
    snapshot: snapshotOf(COUNTED),
    groups: [counting],
  },
  {
    name: "a server with SASL",
    zooCfg: { ...sameCfg, "authProvider.1": "org.apache.zookeeper.server.auth.SASLAuthenticationProvider" },
    serverOptions: { ...sameOptions, extendedTypesEnabled: true, saslUsers: { [ANN.name]: ANN.password } },
    jvmArgs: sameJvmArgs,
    jaas: `Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_${ANN.name}="${ANN.password}"; };\n`,
    groups: [proving, nullWithSasl],
  },
];
