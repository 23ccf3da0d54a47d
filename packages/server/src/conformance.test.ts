import { startApacheStandalone } from "@conclave/services";
import type { KnownDeviation } from "@conclave/testing";
import { runConformance } from "@conclave/testing/contracts";
import { describeOnApache } from "@conclave/vitest";
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
      scenario: "watch reset-2",
      request: "A > 48 ",
      answers: [],
    },
  ]),
  ...because(
    "deleteContainer is what a server does by itself: Apache's takes it from clients, and asks for no permission",
    [
      {
        scenario: "frame delete-container",
        request: "A > 2 type 20",
        answers: ["A < 2 -1 -6", 'A > 3 exists "/frame-delete-container/c" false', "A < end", "zxid +2"],
        endsHere: true,
      },
    ],
  ),
];

describe("our server", () => {
  runConformance({ start: ({ serverOptions }) => startServer(serverOptions), deviations, eventsHaveZxid: true });
});

describeOnApache("Apache's server", () => {
  runConformance({ start: ({ zooCfg }) => startApacheStandalone({ config: zooCfg }) });
});
