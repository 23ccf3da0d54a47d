import {
  exists,
  getAcl,
  getAllChildrenNumber,
  getChildren,
  getChildren2,
  getData,
  multiRead,
  OPEN,
  setAcl,
  setData,
} from "../wire/wire-request.ts";
import { asks, type ScenarioGroup } from "./scenario.ts";

/** The initial tree; runs first, before any create. */
export const firstTree: ScenarioGroup = {
  name: "first-tree",
  scenarios: [
    asks("root", () =>
      ["/", ""].flatMap((path) => [
        ...[exists(path), getData(path), getChildren(path), getChildren2(path), getAcl(path)],
        ...[getAllChildrenNumber(path), multiRead(getData(path), getChildren(path))],
        ...[setData(path, "x", 7), setData(path, "x"), setAcl(path, OPEN, 7), exists(path)],
      ]),
    ),
    asks("zookeeper", () =>
      ["/zookeeper", "/zookeeper/quota", "/zookeeper/config"].flatMap((path) => [
        ...[
          exists(path),
          getData(path),
          getChildren(path),
          getChildren2(path),
          getAcl(path),
          getAllChildrenNumber(path),
        ],
        setData(path, "x", 999),
      ]),
    ),
  ],
};
