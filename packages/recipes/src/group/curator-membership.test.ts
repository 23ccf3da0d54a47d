import { connect, textCodec } from "@conclave/client";
import { CuratorProcess, onCuratorOnly } from "@conclave/curator";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { ServiceRegistry } from "../service-registry/service-registry.js";
import { uriOf } from "../service-registry/uri-of.js";
import { Group } from "./group.js";

/** Java class of the payload, as Curator writes it into the JSON of an instance. */
const CLASS = "conclave.ServicesRecipe$Zone";

describe("members and services that are shared with Curator", await onCuratorOnly(), () => {
  let java: CuratorProcess;
  beforeAll(async () => {
    java = await CuratorProcess.start();
  });
  afterAll(() => java[Symbol.asyncDispose]());

  describeOnEachEnsemble("Group and GroupMember", (servers) => {
    const ensemble = oneServer(servers);
    const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => context.open());

    it("have the same members with the same data", async () => {
      const path = context.newPath();
      const group = new Group<{ port: number }>(await context.client(), { path });
      await using view = await group.follow();
      const node = await group.join({ id: "node", data: { port: 1 } });
      const member = await java.open("member", {
        ...{ connectString: ensemble.connectString(), path, id: "java", argument: '{"port":2}' },
      });
      const seen = () => view.members.map(({ id, data }) => `${id}=${JSON.stringify(data)}`);
      await eventually(() => seen().join() === 'node={"port":1},java={"port":2}', { what: "both in the view" });
      await eventually(async () => (await member.call("members")).join() === 'java={"port":2},node={"port":1}');
      expect((await group.members()).map(({ id }) => id)).toEqual(["node", "java"]);

      await node.update({ port: 3 });
      await member.call("update", '{"port":4}');
      await eventually(() => seen().join() === 'node={"port":3},java={"port":4}');
      await eventually(async () => (await member.call("members")).join() === 'java={"port":4},node={"port":3}');

      await node.leave();
      await eventually(async () => (await member.call("members")).join() === 'java={"port":4}');
      await member.call("leave");
      await eventually(() => seen().length === 0);
    });

    it("have members without data", async () => {
      const path = context.newPath();
      await new Group(await context.client(), { path }).join({ id: "node", data: undefined });
      const member = await java.open("member", { connectString: ensemble.connectString(), path });
      await eventually(async () => (await member.call("members")).join() === "java=,node=");
      const members = await new Group(await context.client(), { path }).members();
      expect(members.map(({ id, data }) => [id, data])).toEqual([
        ["node", undefined],
        ["java", undefined],
      ]);
    });

    it("have members whose data is not JSON, for a group with another codec", async () => {
      const path = context.newPath();
      const zk = await context.client();
      await java.open("member", { connectString: ensemble.connectString(), path, id: "java", argument: "10.0.0.7" });
      const members = () => new Group(zk, { path, codec: textCodec }).members();
      await eventually(async () => (await members()).length === 1);
      expect((await members())[0]).toMatchObject({ id: "java", data: "10.0.0.7" });
      const left: string[] = [];
      const json = new Group(zk, { path, onUnreadable: ({ name }) => void left.push(name) });
      expect([await json.members(), left]).toEqual([[], ["java"]]);
      await using view = await json.follow();
      expect(view.members).toEqual([]);
    });
  });

  describeOnEachEnsemble("ServiceRegistry and ServiceDiscovery", (servers) => {
    const ensemble = oneServer(servers);
    const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => context.open());

    it("have the same instances", async () => {
      const path = context.newPath();
      const registry = new ServiceRegistry<{ "@class": string; zone: string }>(await context.client(), { path });
      const services = await java.open("services", { connectString: ensemble.connectString(), path });
      await using provider = await registry.provider("billing");
      const registration = await registry.register({
        ...{ name: "billing", id: "node", address: "node.internal", port: 81, uri: "{scheme}://{address}:{port}/v1" },
        payload: { "@class": CLASS, zone: "a" },
      });
      const instance = ["billing", "java", "java.internal", 82, "b"];
      await services.call("register", ...instance);

      expect(await services.call("names")).toEqual(["billing"]);
      expect(await services.call("instances", "billing")).toEqual([
        "java http://java.internal:82/v1 b true",
        "node http://node.internal:81/v1 a true",
      ]);
      const instances = await registry.instances("billing");
      expect(instances.map((each) => [each.id, uriOf(each), each.payload, each.enabled])).toEqual([
        ["java", "http://java.internal:82/v1", { "@class": CLASS, zone: "b" }, true],
        ["node", "http://node.internal:81/v1", { "@class": CLASS, zone: "a" }, true],
      ]);

      await registration.update({ enabled: false });
      await eventually(() => provider.get()?.id === "java" && provider.get()?.id === "java");
      expect(await services.call("instances", "billing")).toContain("node http://node.internal:81/v1 a false");
      await services.call("unregister", ...instance);
      await registration.unregister();
      await eventually(async () => (await services.call("instances", "billing")).length === 0);
      expect(await registry.instances("billing")).toEqual([]);
    });

    it("fail in Java for an instance whose payload does not name its Java class", async () => {
      const path = context.newPath();
      const registry = new ServiceRegistry<{ zone: string }>(await context.client(), { path });
      const services = await java.open("services", { connectString: ensemble.connectString(), path });
      await registry.register({ name: "billing", id: "node", payload: { zone: "a" } });
      await expect(services.call("instances", "billing")).rejects.toThrow("ClassCastException");
    });
  });
});
