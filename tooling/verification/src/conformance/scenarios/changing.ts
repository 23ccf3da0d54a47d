import { data, raw, row } from "../wire/wire-field.ts";
import {
  acl,
  create,
  exists,
  getAcl,
  getChildren2,
  getData,
  OPEN,
  remove,
  setAcl,
  setData,
  sync,
} from "../wire/wire-request.ts";
import { asks, type ScenarioGroup } from "./scenario.ts";

const badPaths = ["", "no-slash", "/bad/", "//", "/a//b", "/.", "/\u0000", "/\u0001"];
const special = ["/", "", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"];
const versions = [-2, -(2 ** 31), 2 ** 31 - 1, 1, 5, 0, 0, -1];

export const changing: ScenarioGroup = {
  name: "change",
  scenarios: [
    asks("data", (at) => [
      create(at("/a")),
      ...versions.map((version) => setData(at("/a"), `to ${version}`, version)),
      getData(at("/a")),
      setData(at("/a"), null),
      setData(at("/a"), ""),
      setData(at("/a"), data(Buffer.alloc(1_000_000, 1))),
      exists(at("/a")),
      setData(at("/none"), "x"),
      setData(at("/none"), "x", 7),
    ]),
    asks("data-paths", () => badPaths.map((path) => setData(path, "x"))),
    asks("data-special", () => [
      ...special.slice(2).map((path) => setData(path, "x", 999)),
      setData("/", "root", 999),
      setData("", "root", 999),
    ]),
    asks("null-path-of-data", () => [setData(null, "x")]),
    asks("delete", (at) => [
      create(at("/a")),
      create(at("/a/b")),
      remove(at("/a"), 0),
      remove(at("/a"), 9),
      remove(at("/a/b"), 9),
      remove(at("/a/b"), -2),
      remove(at("/a/b"), 0),
      remove(at("/a/b"), 0),
      remove(at("/none/b"), 0),
      exists(at("/a")),
      remove(at("/a"), -1),
      getChildren2(at("")),
    ]),
    asks("delete-paths", () => badPaths.map((path) => remove(path))),
    asks("delete-special", () => special.flatMap((path) => [remove(path), remove(path, 9)])),
    asks("null-path-of-delete", () => [remove(null)]),
    asks("acl", (at) => [
      create(at("/a")),
      ...versions.map((version) => setAcl(at("/a"), OPEN, version)),
      getAcl(at("/a")),
      setAcl(at("/a"), []),
      setAcl(at("/a"), null),
      setAcl(at("/a"), [acl(31, "nobody", "knows")]),
      setAcl(at("/none"), OPEN),
      setAcl(at("/none"), []),
      setAcl(at("/a"), [acl(1, "world", "anyone"), acl(1, "world", "anyone"), acl(16, "world", "anyone")]),
      getAcl(at("/a")),
    ]),
    asks("acl-paths", () => badPaths.flatMap((path) => [setAcl(path, OPEN), setAcl(path, [])])),
    asks("null-path-of-acl", () => [setAcl(null, OPEN)]),
    asks("sync", (at) => [sync(at("/a")), sync(at("")), sync("/"), sync(""), sync("bad"), sync("/a//")]),
    asks("null-path-of-sync", () => [sync(null)]),
    asks("trailing-bytes", (at) => {
      const change = setData(at(""), "x");
      return [{ ...change, body: row(change.body, raw("00")) }, exists(at(""))];
    }),
    asks("cversion", (at) => [
      create(at("/a")),
      exists(at("")),
      create(at("/b")),
      exists(at("")),
      remove(at("/a")),
      exists(at("")),
      remove(at("/none")),
      create(at("/b")),
      exists(at("")),
    ]),
  ],
};
