import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { stickySelection } from "./selection.js";
import { ServiceRegistry } from "./service-registry.js";

describeOnEachEnsemble("a service registry", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("lists instances, in Curator's layout, until they are unregistered", async () => {
    const path = `${context.newPath()}/deep`;
    const zk = await context.client();
    const registry = new ServiceRegistry<{ zone: string }>(zk, { path });
    expect([await registry.services(), await registry.instances("api")]).toEqual([[], []]);
    const options = { name: "api", address: "host", port: 80, payload: { zone: "a" } };
    const first = await registry.register({ ...options, id: "one", uri: "{scheme}://{address}:{port}" });
    await using second = await registry.register({ ...options, id: "two", enabled: false });
    expect(await registry.services()).toEqual(["api"]);
    expect(await registry.instances("api")).toEqual([first.instance, second.instance]);
    const { data, stat } = await zk.getData(`${path}/api/one`);
    expect(stat.ephemeralOwner).toBe(zk.sessionId);
    expect(Object.keys(JSON.parse(data!.toString()))).toEqual([
      ...["name", "id", "address", "port", "sslPort", "payload", "registrationTimeUTC", "serviceType", "uriSpec"],
      "enabled",
    ]);
    await second.update({ enabled: true, port: 81 });
    expect((await registry.instances("api"))[1]).toMatchObject({ id: "two", port: 81, enabled: true });
    await first.unregister();
    await first.unregister();
    expect((await registry.instances("api")).map(({ id }) => id)).toEqual(["two"]);
    const third = await registry.register({ name: "api" });
    expect(third.instance.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    await expect(registry.register({ name: "a/b" })).rejects.toThrow("cannot be the name of a service");
  });

  it("leaves an unreadable instance out of lists and providers, and reports it", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const left: string[] = [];
    const registry = new ServiceRegistry(zk, { path, onUnreadable: ({ name }) => void left.push(name) });
    await using _good = await registry.register({ name: "api", id: "good" });
    await zk.create(`${path}/api/broken`, "{");
    await zk.create(`${path}/api/nameless`, "{}");
    expect((await registry.instances("api")).map(({ id }) => id)).toEqual(["good"]);
    expect(left.splice(0).toSorted()).toEqual(["broken", "nameless"]);
    await using provider = await registry.provider("api");
    expect(provider.instances.map(({ id }) => id)).toEqual(["good"]);
    expect(left.toSorted()).toEqual(["broken", "nameless"]);
  });

  it("selects the available instances in turn", async () => {
    const path = context.newPath();
    const registry = new ServiceRegistry(await context.client(), { path });
    const other = new ServiceRegistry(await context.client(), { path });
    await using provider = await registry.provider("api", { failures: { failures: 1, forMs: 3_600_000 } });
    expect(provider.get()).toBe(undefined);
    const [a] = await Promise.all(["a", "b", "c"].map((id) => other.register({ name: "api", id })));
    await eventually(() => provider.available.length === 3);
    const ids = (): (string | undefined)[] => [provider, provider, provider].map((each) => each.get()?.id);
    expect(ids().toSorted()).toEqual(["a", "b", "c"]);
    provider.failed({ id: "b" });
    expect(new Set(ids())).toEqual(new Set(["a", "c"]));
    await a!.update({ enabled: false });
    await eventually(() => provider.available.length === 1);
    expect(ids()).toEqual(["c", "c", "c"]);
    expect(provider.instances.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    await using sticky = await registry.provider("api", { strategy: stickySelection() });
    const { id } = sticky.get()!;
    expect([sticky.get()?.id, sticky.get()?.id]).toEqual([id, id]);
  });

  it("has an instance again in its next session, with its last data", async () => {
    const path = context.newPath();
    const { zk, isolate, accept, reaches } = await context.dying();
    const registry = new ServiceRegistry(await context.client(), { path });
    const registration = await new ServiceRegistry(zk, { path }).register({ name: "api", id: "a", port: 1 });
    await using provider = await registry.provider("api");
    let changes = 0;
    provider.on(() => void changes++);
    isolate();
    await reaches("expired");
    await registration.update({ port: 2 });
    await eventually(() => provider.get() === undefined);
    accept();
    await eventually(() => provider.get()?.port === 2 && registration.isPresent);
    expect(changes).toBeGreaterThan(1);
  });

  it("does not select an unhealthy instance", async () => {
    const registry = new ServiceRegistry(await context.client(), { path: context.newPath() });
    let isWell = false;
    await using provider = await registry.provider("api");
    const health = { check: () => isWell, intervalMs: 1 };
    await using registration = await registry.register({ name: "api", id: "a", health });
    await eventually(() => provider.instances.length === 1);
    expect(provider.get()).toBe(undefined);
    isWell = true;
    await eventually(() => provider.get()?.id === registration.instance.id);
    isWell = false;
    await eventually(() => provider.get() === undefined);
  });

  it("aborts a registration and a provider when the signal aborts", async () => {
    const path = context.newPath();
    const registry = new ServiceRegistry(await context.client(), { path });
    const other = new ServiceRegistry(await context.client(), { path });
    await registry.register({ name: "api", id: "a" });
    const stop = new AbortController();
    const registering = other.register({ name: "api", id: "a", signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(registering).rejects.toThrow("enough");
    await expect(other.provider("api", { signal: stop.signal })).rejects.toThrow("enough");
    expect(await registry.instances("api")).toHaveLength(1);
  });
});
