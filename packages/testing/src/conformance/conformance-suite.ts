import type { ServerOptions } from "@conclave/server";
import type { ScenarioGroup } from "./scenario.js";
import { access } from "./scenarios/access.js";
import { changing } from "./scenarios/changing.js";
import { configuring } from "./scenarios/configuring.js";
import { creating } from "./scenarios/creating.js";
import { firstTree } from "./scenarios/first-tree.js";
import { oddFrames } from "./scenarios/odd-frames.js";
import { reading } from "./scenarios/reading.js";
import { sessions } from "./scenarios/sessions.js";
import { strict } from "./scenarios/strict.js";
import { together } from "./scenarios/together.js";
import { watching } from "./scenarios/watching.js";

/** How a server must be set up: for Apache's, and the same for ours. */
export interface ConformanceSetup {
  readonly name: string;
  /** Keys of a `zoo.cfg`. */
  readonly zooCfg: Readonly<Record<string, string | number | boolean>>;
  readonly serverOptions: ServerOptions;
  /** What is played on a server of this kind, which begins without data. */
  readonly groups: readonly ScenarioGroup[];
}

/** Of the password `secret`. */
const SUPER_DIGEST = "super:lK75jTNcA+U9vtVEw5vB51mj/w4=";

const sameOptions = {
  tickTimeMs: 500,
  minSessionTimeoutMs: 1000,
  maxSessionTimeoutMs: 60_000,
  maxClientConnections: 0,
};
const sameCfg = { tickTime: 500, minSessionTimeout: 1000, maxSessionTimeout: 60_000, maxClientCnxns: 0 };

/** All that is played, on two kinds of servers. */
export const CONFORMANCE_SETUPS: readonly ConformanceSetup[] = [
  {
    name: "a server",
    zooCfg: { ...sameCfg, extendedTypesEnabled: true },
    serverOptions: { ...sameOptions, extendedTypesEnabled: true },
    groups: [firstTree, creating, changing, reading, access, together, watching, sessions, oddFrames, configuring],
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
    groups: [strict],
  },
];
