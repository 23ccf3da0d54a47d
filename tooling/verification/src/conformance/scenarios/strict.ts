import {
  acl,
  addAuth,
  create,
  create2,
  createContainer,
  createTtl,
  exists,
  getAcl,
  getData,
  multi,
  reconfig,
  remove,
  setAcl,
  setData,
  whoAmI,
} from "../wire/wire-request.ts";
import { asks, type ScenarioGroup, scenario } from "./scenario.ts";

/** Sets a quota in the znodes that ZooKeeper's shell writes. */
const quota = (path: string, limits: string) => [
  create(`/zookeeper/quota${path}`, { data: "" }),
  create(`/zookeeper/quota${path}/zookeeper_limits`, { data: limits }),
  create(`/zookeeper/quota${path}/zookeeper_stats`, { data: "count=0,bytes=0" }),
];

const usage = (path: string) => getData(`/zookeeper/quota${path}/zookeeper_stats`);

/** A server that enforces quotas, has a super user, and does not allow znodes with a TTL. */
export const strict: ScenarioGroup = {
  name: "strict",
  scenarios: [
    asks("ttl-disabled", (at) => [
      createTtl(at("/t"), 5n),
      createTtl(at("/t"), 0n),
      createTtl("bad", 5n),
      createTtl(at("/none/t"), 5n, { acl: [] }),
      createTtl(at("/t-"), 5n, { flags: 6 }),
      createTtl(at("/t"), 5n, { flags: 0 }),
      multi(createTtl(at("/t"), 5n)),
      create(at("/t"), { flags: 5 }),
      create(at("/t2"), { flags: 6 }),
      createContainer(at("/c"), { flags: 5 }),
      createContainer(at("/c")),
    ]),
    asks("count", (at) => [
      ...quota(at(""), "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=3"),
      usage(at("")),
      ...["/a", "/b", "/c", "/a/d"].flatMap((path) => [create(at(path)), create2(at(path))]),
      usage(at("")),
      createContainer(at("/d")),
      create(at("/s-"), { flags: 2 }),
      multi(remove(at("/b")), create(at("/d"))),
      multi(create(at("/e"))),
      remove(at("/a")),
      create(at("/e")),
      usage(at("")),
    ]),
    asks("bytes", (at) => [
      ...quota(at(""), "count=-1,bytes=-1=;byteHardLimit=20;countHardLimit=-1"),
      usage(at("")),
      setData(at(""), "0123456789"),
      usage(at("")),
      setData(at(""), "0123456789012345678901234567890"),
      setData(at(""), "0123456789012345678901234567890", 77),
      create(at("/a"), { data: "0123456789" }),
      create(at("/b"), { data: "0" }),
      create(at("/c"), { data: null }),
      setData(at("/a"), null),
      setData(at("/a"), "0123456789"),
      setData(at("/a"), "01234567890"),
      multi(setData(at(""), "0"), setData(at("/a"), "0123456789")),
      usage(at("")),
    ]),
    asks("soft", (at) => [
      ...quota(at(""), "count=1,bytes=5"),
      create(at("/a")),
      create(at("/b")),
      setData(at("/a"), "0123456789"),
      usage(at("")),
    ]),
    asks("counted-as-made", (at) => [
      create(`/zookeeper/quota${at("")}`, { data: "" }),
      create2(`/zookeeper/quota${at("")}/zookeeper_stats`, { data: "count=5" }),
      usage(at("")),
    ]),
    asks("odd-limits", (at) => [
      ...quota(at(""), "count=1,bytes=5=;byteHardLimit=10;countHardLimit=2"),
      setData(`/zookeeper/quota${at("")}/zookeeper_limits`, "count=-1,bytes=-1=;countHardLimit=1"),
      create(at("/a")),
      setData(`/zookeeper/quota${at("")}/zookeeper_limits`, null),
      getData(`/zookeeper/quota${at("")}/zookeeper_limits`),
      remove(`/zookeeper/quota${at("")}/zookeeper_limits`),
      create(at("/a")),
      usage(at("")),
    ]),
    scenario("super-user", async (context, at) => {
      const [owner, chief] = [await context.connect(), await context.connect()];
      await owner.ask(
        create(at("/a"), { acl: [acl(16, "world", "anyone")] }),
        create(at("/none"), { acl: [acl(0, "world", "anyone")] }),
      );
      await owner.ask(addAuth("digest", "super:wrong"), whoAmI, getData(at("/none")));
      await chief.ask(
        getData(at("/none")),
        addAuth("digest", "super:secret"),
        whoAmI,
        getData(at("/none")),
        create(at("/none/b")),
      );
      await chief.ask(setData(at("/none"), "x"), remove(at("/none/b")), getAcl(at("/none")), setAcl(at("/none"), []));
      await chief.ask(
        create(at("/mine"), { acl: [acl(31, "auth", "")] }),
        getAcl(at("/mine")),
        setData("/zookeeper/config", "x", 99),
      );
      await chief.ask(reconfig("server.2=localhost:2888:3888;2181", null, null, -1n), remove("/zookeeper"));
      await owner.ask(exists(at("/none")), getAcl(at("/none")));
    }),
  ],
};
