import { ServiceRegistry } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { type ContractHarness, contractTests, sessionUntil } from "../test-context/test-context.ts";

const at = { name: "s" };
const short = sessionUntil("expired");

/** Declares the contract of `ServiceRegistry`: one test for each hazard. Call it in a separate suite. */
export function runServiceRegistryContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("service registry contract", () => {
    test.for(["loseReply", "loseRequest"] as const)(
      "lost reply: registers once, by %s of the create",
      async (context, lose) => {
        const [proxy, other] = [await context.proxy(), await context.client()];
        const { zk } = await context.actor(proxy);
        await new ServiceRegistry(other, at).register({ name: "web", id: "first", port: 1 });
        await zk.sync("/");
        const lost = proxy[lose](({ path }) => path?.endsWith("/second") === true);
        await new ServiceRegistry(zk, at).register({ name: "web", id: "second", port: 2 });
        await lost;
        await other.sync("/");
        const found = await new ServiceRegistry(other, at).instances("web");
        expect(found.map(({ id, port }) => [id, port])).toEqual([
          ["first", 1],
          ["second", 2],
        ]);
      },
    );

    test("old-session ephemeral in the way: is registered by the new session, with its last data", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy, short);
      const registration = await new ServiceRegistry(zk, at).register({ name: "web", id: "a", port: 1 });
      proxy.freeze();
      await states.first((state) => state === "expired");
      await registration.update({ port: 2 });
      proxy.cut();
      proxy.heal();
      await eventually(() => registration.isPresent);
      await other.sync("/");
      expect(await other.exists(registration.path)).toMatchObject({ ephemeralOwner: zk.sessionId });
      await eventually(() => new ServiceRegistry(other, at).instances("web"), {
        until: ([instance]) => instance?.port === 2,
      });
    });

    test("session lost: the instance is not chosen any more", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy, short);
      await new ServiceRegistry(zk, at).register({ name: "web", id: "dying", port: 1 });
      await new ServiceRegistry(other, at).register({ name: "web", id: "living", port: 2 });
      await using provider = await new ServiceRegistry(other, at).provider("web");
      expect(provider.instances).toHaveLength(2);
      proxy.freeze();
      await eventually(() => provider.instances.length === 1);
      expect([provider.get()?.id, provider.get()?.id]).toEqual(["living", "living"]);
    });

    test.for([
      ["SUSPENDED", "suspended"],
      ["LOST", "expired"],
    ] as const)(
      "%s: a provider keeps the last instances, and has caught up when it is fresh",
      async (context, [, state]) => {
        const [proxy, other] = [await context.proxy(), await context.client()];
        const registry = new ServiceRegistry(other, at);
        const going = await registry.register({ name: "web", id: "going", port: 1 });
        const { zk, states } = await context.actor(proxy, sessionUntil(state));
        await using provider = await new ServiceRegistry(zk, at).provider("web");
        proxy.refuse();
        proxy.cut();
        await states.first((each) => each === state);
        await registry.register({ name: "web", id: "coming", port: 2 });
        await going[Symbol.asyncDispose]();
        expect([provider.isFresh, provider.get()?.id]).toEqual([false, "going"]);
        proxy.accept();
        await eventually(() => provider.isFresh && provider.instances.map(({ id }) => id).join() === "coming");
      },
    );
  });
}
