import { expect, it } from "vitest";
import { DemoPage } from "./demo-page.js";

it("tells everything from the start to whoever opens it, and ends", async () => {
  const page = await DemoPage.open();
  page.tell({ type: "event", seconds: 1, actor: "reports-1", text: "elected" });
  const response = await fetch(`${page.url}/events`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  page.tell({ type: "verdict", checks: [{ name: "failover", holds: true, because: "it did" }] });
  expect(await (await fetch(page.url)).text()).toContain('<section id="verdict" hidden>');
  await page[Symbol.asyncDispose]();
  const told = (await response.text()).trim().split("\n\n");
  expect(told.map((each) => JSON.parse(each.slice("data: ".length)).type)).toEqual(["event", "verdict"]);
});
