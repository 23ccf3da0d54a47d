import { startApacheStandalone } from "@conclave/services";
import type { KnownDeviation } from "@conclave/testing";
import { runConformance } from "@conclave/testing/contracts";
import { apache, describeOnApache } from "@conclave/vitest";
import { describe } from "vitest";
import { startServer } from "./server.js";

const because = (reason: string, deviations: readonly Omit<KnownDeviation, "reason">[]): readonly KnownDeviation[] =>
  deviations.map((deviation) => ({ reason, ...deviation }));

/** In what our server, which is as Apache's 3.9, differs from the recordings of 3.8.0. */
const deviations: readonly KnownDeviation[] = [
  ...because("exists needs READ since 3.8.4 and 3.9.2", [
    ...[0, 2, 4, 8, 16, 30].map((permissions) => ({
      scenario: `access permissions-${permissions}`,
      request: "A > 4 exists",
      answers: ["A < 4 +4 -102"],
    })),
    { scenario: "access digest", request: "B > 1 exists", answers: ["B < 1 +5 -102"] },
    { scenario: "access acl-within-multi", request: "A > 5 exists", answers: ["A < 5 +5 -102"] },
    { scenario: "watch hidden", request: "A > 1 exists", answers: ["A < 1 +4 -102"] },
    { scenario: "strict super-user", request: "A > 5 exists", answers: ["A < 5 +12 -102"] },
  ]),
  ...because("create2 in a multi is answered as create2 since 3.8.2 and 3.9.0", [
    {
      scenario: "multi each-kind",
      request: "A > 2 multi",
      answers: [
        'A < 2 +3 0 15 false 0 "/multi-each-kind/c2" {czxid +3, mzxid +3, pzxid +3, ctime time, mtime time, version 0, cversion 0, aversion 0, owner 0, dataLength 4, children 0}; end -1 -1',
      ],
    },
  ]),
  ...because("standard, persistent and recursive watches of one path are independent since 3.9.0", [
    ...[39, 40, 47, 48].map((xid) => ({
      scenario: "watch check-and-remove",
      request: `A > ${xid} checkWatches`,
      answers: [`A < ${xid} +2 -121`],
    })),
    { scenario: "watch remove-paths", request: 'A > 3 checkWatches "bad"', answers: ["A < 3 +1 -121"] },
    {
      scenario: "watch reset-every-kind",
      request: "B > -2 ping",
      answers: [
        ...['3 3 "/watch-reset-every-kind/old"', '1 3 "/watch-reset-every-kind/old/new"'],
        ...['4 3 "/watch-reset-every-kind/old"', '1 3 "/watch-reset-every-kind/changed/new"'],
        ...['4 3 "/watch-reset-every-kind/changed"', '1 3 "/watch-reset-every-kind/gone"'],
      ]
        .map((event) => `B < event -1 0 ${event}`)
        .concat("B < -2 +11 0"),
    },
  ]),
  ...because("no client sends null for a path or a list: what cannot be read is answered as such", [
    { scenario: "change null-path-of-sync", request: "A > 1 sync null", answers: ["A < 1 +1 -5"] },
    { scenario: "watch reset-null", request: "A > -8 setWatches 0 -1 -1 -1", answers: ["A < -8 +1 0"] },
  ]),
  ...because("no client reads on behind an error: Apache's empty list of results says nothing", [
    { scenario: "multi writes-as-reads", request: "A > 1 multiRead", answers: ["A < 1 +1 -5"] },
  ]),
];

describe("our server", () => {
  runConformance({
    start: ({ serverOptions }, { dataDir }) => startServer({ ...serverOptions, dataDir }),
    deviations,
    eventsHaveZxid: true,
  });
});

describeOnApache("Apache's server", () => {
  runConformance({
    start: ({ zooCfg }, { dataDir, jaasFile }) =>
      startApacheStandalone({
        config: zooCfg,
        dataDir,
        jvmArgs: jaasFile ? [`-Djava.security.auth.login.config=${jaasFile}`] : [],
      }),
    skipReason(recorded) {
      const { version } = apache().zookeeper;
      return recorded.endsWith(` ${version}`) ? undefined : `recorded of ${recorded}, and this machine has ${version}`;
    },
  });
});
