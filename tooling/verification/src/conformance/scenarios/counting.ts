import type { SnapshotNode } from "../wire/snapshot-of.ts";
import {
  check,
  create,
  create2,
  exists,
  getAcl,
  getChildren2,
  multi,
  OPEN,
  remove,
  setAcl,
  setData,
} from "../wire/wire-request.ts";
import { asks, type ScenarioGroup } from "./scenario.ts";

const LAST = 2 ** 31 - 1;

/** Znodes with counters close to overflow, which no test could reach. */
export const COUNTED: readonly SnapshotNode[] = [
  { path: "/children", cversion: LAST - 2 },
  { path: "/below-zero", cversion: -2 },
  { path: "/data", version: LAST - 1 },
  { path: "/acl", aversion: LAST - 1 },
  { path: "/data-below-zero", version: -2 },
  { path: "/acl-below-zero", aversion: -2 },
];

const counted = (path: string) => [
  exists(path),
  ...[0, 1, 2, 3].map((index) => (index % 2 === 0 ? create : create2)(`${path}/s-`, { flags: 2 })),
  getChildren2(path),
];

/** Versions and sequence numbers after the largest int. */
export const counting: ScenarioGroup = {
  name: "count",
  scenarios: [
    asks("children", () => [
      ...counted("/children"),
      remove("/children/s-2147483645"),
      multi(create("/children/m-", { flags: 2 }), create("/children/m-", { flags: 2 })),
      exists("/children"),
    ]),
    asks("children-below-zero", () => counted("/below-zero")),
    asks("data", () => [
      exists("/data"),
      setData("/data", "x", LAST),
      setData("/data", "x", LAST - 1),
      setData("/data", "x", LAST),
      setData("/data", "x", LAST),
      setData("/data", "x", -LAST - 1),
      multi(setData("/data", "y", -LAST), check("/data", -LAST + 1)),
      remove("/data", LAST),
      remove("/data", -LAST + 1),
    ]),
    asks("data-below-zero", () => [
      setData("/data-below-zero", "x", -2),
      setData("/data-below-zero", "x", 7),
      setData("/data-below-zero", "x", -1),
      setData("/data-below-zero", "x", 0),
      exists("/data-below-zero"),
    ]),
    asks("acl", () => [
      setAcl("/acl", OPEN, LAST - 1),
      setAcl("/acl", OPEN, LAST),
      setAcl("/acl", OPEN, LAST),
      setAcl("/acl", OPEN, -LAST - 1),
      getAcl("/acl"),
    ]),
    asks("acl-below-zero", () => [
      setAcl("/acl-below-zero", OPEN, -2),
      setAcl("/acl-below-zero", OPEN, -1),
      setAcl("/acl-below-zero", OPEN, 0),
      getAcl("/acl-below-zero"),
    ]),
  ],
};
