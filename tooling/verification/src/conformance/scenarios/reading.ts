import { raw, row } from "../wire/wire-field.ts";
import {
  create,
  createContainer,
  createTtl,
  exists,
  getAcl,
  getAllChildrenNumber,
  getChildren,
  getChildren2,
  getData,
  getEphemerals,
  type WireRequest,
  whoAmI,
} from "../wire/wire-request.ts";
import { asks, type ScenarioGroup } from "./scenario.ts";

const reads: readonly ((path: string) => WireRequest)[] = [
  (path) => exists(path),
  (path) => getData(path),
  (path) => getChildren(path),
  (path) => getChildren2(path),
  getAcl,
  getAllChildrenNumber,
  getEphemerals,
];

const badPaths = ["no-slash", "/bad/", "//", "/a//b", "/.", "/\u0000", "/\u0001", "/\u{1f600}"];

export const reading: ScenarioGroup = {
  name: "read",
  scenarios: [
    asks("every-kind", (at) => [
      create(at("/p")),
      create(at("/e"), { flags: 1 }),
      createContainer(at("/c")),
      createTtl(at("/t"), 100_000n),
      create(at("/p/s-"), { flags: 2 }),
      create(at("/p/se-"), { flags: 3 }),
      ...["/p", "/e", "/c", "/t", "/p/s-0000000000", "/p/se-0000000001", ""].flatMap((path) =>
        reads.map((read) => read(at(path))),
      ),
    ]),
    asks("nothing-there", (at) => ["/none", "/none/below"].flatMap((path) => reads.map((read) => read(at(path))))),
    asks("paths", () => badPaths.flatMap((path) => reads.slice(0, 6).map((read) => read(path)))),
    asks("ephemerals", (at) => [
      getEphemerals("/"),
      create(at("/a"), { flags: 1 }),
      create(at("/ab"), { flags: 1 }),
      create(at("/p")),
      create(at("/p/a"), { flags: 3 }),
      ...["/", "", at(""), at("/a"), at("/p"), at("/p/"), at("/none"), "bad"].map(getEphemerals),
      ...[" ", "\t\0", " /\u001f", "\u00a0/", "\ufeff/", "/ /"].map(getEphemerals),
    ]),
    ...(
      [
        ["exists", exists(null)],
        ["data", getData(null)],
        ["children", getChildren(null)],
        ["children-2", getChildren2(null)],
        ["acl", getAcl(null)],
        ["number", getAllChildrenNumber(null)],
        ["ephemerals", getEphemerals(null)],
      ] as const
    ).map(([name, request]) => asks(`null-path-of-${name}`, () => [request, whoAmI])),
    asks("who-am-i", () => [whoAmI, { ...whoAmI, body: row(raw("00")) }]),
    asks("trailing-bytes", (at) =>
      reads.map((read) => {
        const request = read(at(""));
        return { ...request, body: row(request.body, raw("0102")) };
      }),
    ),
  ],
};
