import { expect, it } from "vitest";
import { isSpecialPath } from "./initial-znodes.js";

it("the znodes that every tree has are special, and none below or besides them", () => {
  const special = ["", "/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"];
  const others = ["/a", "/zookeepers", "/zookeeper/quota/a", "/zookeeper/config/a", "/zookeeper/a"];
  expect([...special, ...others].filter(isSpecialPath)).toEqual(special);
});
