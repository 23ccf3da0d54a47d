import { startApacheStandalone } from "@conclave/services";
import type { KnownDeviation } from "@conclave/verification";
import { runConformance } from "@conclave/verification/contracts";
import { apache, describeOnApache } from "@conclave/vitest";
import { describe } from "vitest";
import { startServer } from "./server.js";

const because = (reason: string, deviations: readonly Omit<KnownDeviation, "reason">[]): readonly KnownDeviation[] =>
  deviations.map((deviation) => ({ reason, ...deviation }));

/** The answer to a create2 alone in a multi, of a znode that was made by the transaction `zxid`. */
const create2InMulti = (xid: number, zxid: number, path: string, dataLength: number): string =>
  `A < ${xid} +${zxid} 0 15 false 0 "${path}" {czxid +${zxid}, mzxid +${zxid}, pzxid +${zxid}, ctime time, mtime time, version 0, cversion 0, aversion 0, owner 0, dataLength ${dataLength}, children 0}; end -1 -1`;

/** Deviations of our server, which follows Apache's 3.9, from the recordings of 3.8.0. */
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
  ...because("create2 in a multi is answered as create2 since 3.8.2 and 3.9.0", [
    {
      scenario: "null data-create2",
      request: "A > 3 multi",
      answers: [create2InMulti(3, 3, "/null-data-create2/b", 0)],
    },
    ...["auth", "auth-twice", "good-and-auth", "no-permissions"].map((name) => ({
      scenario: `null acl-known-${name}`,
      request: "A > 10 multi",
      answers: [create2InMulti(10, 7, `/null-acl-known-${name}/multi-create2`, 4)],
    })),
  ]),
  ...because("standard, persistent and recursive watches of one path are independent since 3.9.0", [
    ...[39, 40, 47, 48].map((xid) => ({
      scenario: "watch check-and-remove",
      request: `A > ${xid} checkWatches`,
      answers: [`A < ${xid} +2 -121`],
    })),
    ...[3, 4].flatMap((list) => {
      const path = `/null-watches-2-no-path-${list}/a`;
      const scenario = `null watches-2-no-path-${list}`;
      const event = (type: number, at: string): string => `A < event -1 0 ${type} 3 "${at}"`;
      return [
        {
          scenario,
          request: "A > 2 create",
          answers: [event(1, `${path}/b`), event(4, path), `A < 2 +3 0 "${path}/b"`],
        },
        { scenario, request: "A > 4 delete", answers: [event(2, `${path}/b`), event(4, path), "A < 4 +5 0"] },
      ];
    }),
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
  ...because("no client reads on behind an error: Apache's empty list of results says nothing", [
    { scenario: "multi writes-as-reads", request: "A > 1 multiRead", answers: ["A < 1 +1 -5"] },
    ...["0", "1", "2", "among-others"].map((name) => ({
      scenario: `null parts-read-${name}`,
      request: "A > 1 multiRead",
      answers: ["A < 1 +1 -5"],
    })),
    // Apache's replies have the zxid of the transaction before, too.
    ...["alone", "first", "last", "that-fail-too"].flatMap((name) =>
      Array.from({ length: 13 }, (_, index) => ({
        scenario: `null parts-${name}`,
        request: `A > ${index + 1} multi`,
        answers: [`A < ${index + 1} +${index + 2} -5`],
      })),
    ),
  ]),
  ...because("a path that is null is read as an empty one where a watch is left or taken back", [
    ...[4, 5].map((type) => ({
      scenario: `null path-removeWatches-${type}`,
      request: "A > 1 removeWatches",
      answers: ["A < 1 +1 -121"],
    })),
    { scenario: "null path-watched", request: "A > 2 addWatch", answers: ["A < 2 +1 0 0"] },
    { scenario: "null path-watched", request: "A > 7 removeWatches", answers: ["A < 7 +3 0"] },
  ]),
  ...because("what cannot be read is answered as such, before its mode is looked at", [
    { scenario: "null-strict ttl-disabled", request: "A > 1 createTTL", answers: ["A < 1 +2 -5"] },
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
    start: ({ zooCfg, jvmArgs }, { dataDir, jaasFile }) =>
      startApacheStandalone({
        config: zooCfg,
        dataDir,
        jvmArgs: jaasFile ? [...jvmArgs, `-Djava.security.auth.login.config=${jaasFile}`] : jvmArgs,
      }),
    skipReason(recorded) {
      const { version } = apache().zookeeper;
      return recorded.endsWith(` ${version}`) ? undefined : `recorded of ${recorded}, and this machine has ${version}`;
    },
  });
});
