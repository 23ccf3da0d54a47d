import { data, row } from "../wire/wire-field.ts";
import { addAuth, checkWatches, getAcl, getData, reconfig, removeWatches, setData } from "../wire/wire-request.ts";
import { asks, type ScenarioGroup } from "./scenario.ts";

const CONFIG = "/zookeeper/config";

export const configuring: ScenarioGroup = {
  name: "config",
  scenarios: [
    asks("get", () => [getData(CONFIG), getData(CONFIG, true), getAcl(CONFIG), checkWatches(CONFIG, 2)]),
    asks("watch", () => [getData(CONFIG, true), setData(CONFIG, "x"), removeWatches(CONFIG, 2)]),
    asks("reconfig", () => [
      reconfig("server.2=localhost:2888:3888;2181", null, null, -1n),
      reconfig(null, "2", null, -1n),
      reconfig(null, null, "server.1=localhost:2888:3888;2181", -1n),
      reconfig(null, null, null, -1n),
      reconfig("", "", "", 5n),
      reconfig("nonsense", null, null, 0n),
    ]),
    asks("reconfig-as-somebody", () => [addAuth("digest", "a:b"), reconfig("x", null, null, -1n)]),
    asks("reconfig-cut", () => [{ ...reconfig(null, null, null, -1n), body: data("x") }, getData(CONFIG)]),
    asks("reconfig-empty", () => [{ ...reconfig(null, null, null, -1n), body: row() }, getData(CONFIG)]),
  ],
};
