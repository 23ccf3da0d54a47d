import { connect, Permission, type ZooKeeper } from "@conclave/client";
import { systemClock } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { ServiceRegistry } from "./service-registry.js";

describeOnEachEnsemble("a registered instance", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const registryAt = (zk: ZooKeeper, path: string, clock = systemClock) => new ServiceRegistry(zk, { path, clock });
  const noAccess = [{ permissions: Permission.WRITE, id: { scheme: "world", id: "anyone" } }];

  it("has nulls for all that is not given, and the time of its registration", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const clock = { ...systemClock, wallTime: () => 1_234.5 };
    await using registration = await registryAt(zk, path, clock).register({ name: "api", id: "a" });
    expect(registration.instance).toEqual({
      ...{ name: "api", id: "a", address: null, port: null, sslPort: null, payload: null, uriSpec: null },
      ...{ registrationTimeUTC: 1_235, serviceType: "DYNAMIC", enabled: true },
    });
    expect([registration.path, registration.isPresent]).toEqual([`${path}/api/a`, true]);
    await using other = await registryAt(zk, path).register({
      ...{ name: "api", address: "h", port: 1, sslPort: 2, payload: [3], uri: "http://{address}", enabled: false },
    });
    expect(other.instance).toMatchObject({
      ...{ address: "h", port: 1, sslPort: 2, payload: [3], enabled: false },
      uriSpec: { parts: [expect.anything(), { value: "address", variable: true }] },
    });
  });

  it("reports its presence, and keeps the changed data after another client deleted its znode", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const registration = await registryAt(zk, path).register({ name: "api", id: "a" });
    await registration.update({ port: 1 });
    await registration.update({ address: "h" });
    const changes: boolean[] = [];
    const remove = registration.on((isPresent) => void changes.push(isPresent));
    await other.delete(registration.path);
    await eventually(() => changes.length === 2);
    await other.sync(path);
    expect([changes, registration.instance]).toMatchObject([[false, true], { port: 1, address: "h" }]);
    expect(await registryAt(other, path).instances("api")).toEqual([registration.instance]);
    remove();
    await registration.unregister();
    expect([changes.length, await registryAt(zk, path).instances("api"), registration.isPresent]).toEqual([
      2,
      [],
      false,
    ]);
  });

  it("is disabled until its first healthy check, follows each change, and is checked no more once unregistered", async () => {
    const zk = await context.client();
    const clock = new TestClock();
    let checks = 0;
    let isHealthy = false;
    const check = (): boolean => {
      checks++;
      return isHealthy;
    };
    const registry = new ServiceRegistry(zk, { path: context.newPath(), clock });
    const registration = await registry.register({ name: "api", id: "a", enabled: true, health: { check } });
    await settled(zk);
    expect([registration.instance.enabled, checks]).toEqual([false, 1]);
    for (isHealthy of [true, false]) {
      clock.advance(1_000);
      await eventually(async () => (await registry.instances("api"))[0]?.enabled === isHealthy);
    }
    const before = checks;
    await registration.unregister();
    clock.advance(1_000);
    await settled(zk);
    expect(checks).toBe(before);
  });

  it("is enabled at once if its first check has succeeded while it was registered", async () => {
    const zk = await context.client();
    const clock = new TestClock();
    const registry = new ServiceRegistry(zk, { path: `${context.newPath()}/deep`, clock });
    await using registration = await registry.register({ name: "api", id: "a", health: { check: () => true } });
    await eventually(async () => (await registry.instances("api"))[0]?.enabled === true);
    expect(registration.instance.enabled).toBe(true);
  });

  it("is not registered when that is not allowed or aborted, and its health is checked no more", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await zk.create(path, null, { acl: [{ ...noAccess[0]!, permissions: Permission.READ }] });
    const clock = new TestClock();
    const registry = new ServiceRegistry(zk, { path, clock });
    const health = { check: () => true };
    await expect(registry.register({ name: "api", health })).rejects.toMatchObject({ code: "NO_AUTH" });
    await eventually(() => clock.pending === 0);
    const reason = new Error("enough");
    const aborted = registry.register({ name: "api", health, signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
    expect(await registryAt(other, path).services()).toEqual([]);
  });

  it("has a name and an id that are names of znodes, as has each service", async () => {
    const zk = await context.client();
    const registry = registryAt(zk, context.newPath());
    for (const name of ["", ".", "..", "a/b", "a\0"]) {
      const shown = JSON.stringify(name);
      await expect(registry.register({ name })).rejects.toThrow(
        `${shown} cannot be the name of a service: it must be a valid znode name`,
      );
      await expect(registry.register({ name: "api", id: name })).rejects.toThrow(
        `${shown} cannot be the id of an instance: it must be a valid znode name`,
      );
      await expect(registry.provider(name)).rejects.toThrow(`${shown} cannot be the name of a service`);
      await expect(registry.instances(name)).rejects.toThrow(`${shown} cannot be the name of a service`);
    }
    expect(new ServiceRegistry(zk, { name: "s" }).path).toBe("/conclave/services/s");
    expect(() => new ServiceRegistry(zk, { path: "a" })).toThrow('"a" cannot be the path of a service registry');
  });

  it("is listed by its service in the order of the ids, and services in the order of their names", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const registry = registryAt(zk, path);
    for (const [name, id] of [
      ["b", "2"],
      ["a", "1"],
      ["b", "1"],
    ] as const) {
      await registry.register({ name, id });
    }
    await other.sync(path);
    expect(await registryAt(other, path).services()).toEqual(["a", "b"]);
    expect((await registryAt(other, path).instances("b")).map(({ id }) => id)).toEqual(["1", "2"]);
    const hidden = context.newPath();
    await zk.create(hidden, null, { acl: noAccess });
    await expect(registryAt(zk, hidden).services()).rejects.toMatchObject({ code: "NO_AUTH" });
    const signal = AbortSignal.abort();
    await expect(registry.services({ signal })).rejects.toMatchObject({ code: "ABORTED" });
    await expect(registry.instances("b", { signal })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("can be selected by a provider again after the time of its policy, or when it registered again", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const clock = new TestClock();
    await using first = await registryAt(other, path).register({ name: "api", id: "a" });
    await zk.sync(path);
    await using provider = await new ServiceRegistry(zk, { path, clock }).provider("api");
    expect([provider.isFresh, provider.version, provider.get()?.id]).toEqual([true, 2, "a"]);
    for (let failure = 0; failure < 2; failure++) {
      expect(provider.available).toHaveLength(1);
      provider.failed(first.instance);
    }
    expect([provider.available, provider.instances.length]).toEqual([[], 1]);
    clock.advance(30_000);
    expect(provider.available).toHaveLength(1);
    for (let failure = 0; failure < 2; failure++) provider.failed(first.instance);
    let changes = 0;
    const remove = provider.on(() => void changes++);
    await first.unregister();
    await using _again = await registryAt(other, path).register({ name: "api", id: "a" });
    await eventually(() => changes === 2);
    expect(provider.available.map(({ id }) => id)).toEqual(["a"]);
    remove();
    await provider.close();
    expect([changes, provider.isFresh]).toEqual([2, false]);
  });

  it("is no instance if it is the znode of the service itself, whatever its data is", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const unreadable: string[] = [];
    const registry = new ServiceRegistry(zk, { path, onUnreadable: ({ name }) => void unreadable.push(name) });
    await zk.create(path);
    await zk.create(`${path}/api`, "{");
    await using provider = await registry.provider("api");
    await using _a = await registry.register({ name: "api", id: "a" });
    await eventually(() => provider.instances.length === 1);
    await zk.setData(`${path}/api`, "");
    await zk.setData(`${path}/api`, '{"name":"api","id":"x"}');
    await settled(zk);
    expect(unreadable).toEqual([]);
  });

  it("is known to no provider that was aborted before or during its first read, or lost its client", async () => {
    const { zk, isolate, reaches } = await context.unstable();
    const path = context.newPath();
    const reason = new Error("enough");
    const registry = registryAt(zk, path);
    await expect(registry.provider("api", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    isolate();
    await reaches("suspended");
    const stop = new AbortController();
    const providing = registry.provider("api", { signal: stop.signal });
    stop.abort(reason);
    await expect(providing).rejects.toBe(reason);
    const closing = registry.provider("api");
    await zk.close();
    await expect(closing).rejects.toThrow(`the cache of ${path}/api was closed`);
  });
});
