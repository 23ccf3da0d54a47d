import { expect, it } from "vitest";
import { DemoPage } from "./demo-page.js";

it("the page sends all messages, earlier ones first, and ends the stream when it is disposed", async () => {
  const page = await DemoPage.open();
  page.send({ type: "event", seconds: 1, actor: "reports-1", text: "elected" });
  page.send({ type: "servers", servers: [{ id: 1, connectString: "127.0.0.1:2181", pid: 7, mode: "leader" }] });
  const response = await fetch(`${page.url}/events`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  page.send({ type: "verdict", checks: [{ name: "failover", holds: true, because: "it did" }] });
  expect(await (await fetch(page.url)).text()).toContain('<section id="verdict" hidden>');
  await page[Symbol.asyncDispose]();
  const received = (await response.text()).trim().split("\n\n");
  expect(received.map((each) => JSON.parse(each.slice("data: ".length)).type)).toEqual(["event", "servers", "verdict"]);
});
