import type { Room } from "../exhibit.ts";
import { durability } from "./durability.ts";
import { elections } from "./elections.ts";
import { epochs } from "./epochs.ts";
import { reconfiguration } from "./reconfiguration.ts";
import { snapshots } from "./snapshots.ts";
import { synchronization } from "./synchronization.ts";
import { truncation } from "./truncation.ts";

/** All exhibits, in the order of the page. */
export const rooms: readonly Room[] = [
  synchronization,
  durability,
  truncation,
  epochs,
  elections,
  reconfiguration,
  snapshots,
];
