import { connect } from "@conclave/client";
import { type Ensemble, startEnsemble } from "@conclave/server";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.js";

let ensemble: Ensemble;

beforeAll(async () => {
  ensemble = await startEnsemble({ fourLetterWords: "*" });
});
afterAll(() => ensemble.close());

const open = async () => {
  const proxy: FaultProxy = await startFaultProxy({ target: ensemble.connectString });
  const [direct, proxied] = await Promise.all([connect(ensemble.connectString), connect(proxy.connectString)]);
  onTestFinished(async () => {
    await Promise.all([direct.close(), proxied.close()]);
    await proxy.close();
  });
  return { proxy, direct, proxied };
};

it("a lost request is not applied, and its outcome is unknown", async () => {
  const { proxy, direct, proxied } = await open();
  const lost = proxy.loseRequest("create");
  const created = proxied.create("/lost-request");
  await expect(created).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
  await lost;
  await proxied.sync("/");
  expect(await direct.exists("/lost-request")).toBe(null);
});

it("a lost reply: the request is applied, earlier replies arrive, and its outcome is unknown", async () => {
  const { proxy, direct, proxied } = await open();
  const lost = proxy.loseReply(({ path }) => path === "/lost-reply");
  const [before, created] = await Promise.allSettled([proxied.create("/kept-reply"), proxied.create("/lost-reply")]);
  expect(before).toEqual({ status: "fulfilled", value: "/kept-reply" });
  expect(created).toMatchObject({ reason: { code: "CONNECTION_LOSS", outcome: "unknown" } });
  await lost;
  expect(await direct.exists("/lost-reply")).not.toBe(null);
});

it("counts requests, pings and notifications", async () => {
  const { proxy, direct, proxied } = await open();
  await new Promise<void>((resolve) => {
    void proxied.exists("/counted", { watch: () => resolve() }).then(() => direct.create("/counted"));
  });
  expect(proxy.traffic).toMatchObject({ connections: 1, requests: 1, notifications: 1 });
});
