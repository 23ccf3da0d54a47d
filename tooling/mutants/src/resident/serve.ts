/* Run as the last test file in the worker: tries mutants on the loaded tests until the worker is to end. */
import { expect, it } from "vitest";
import { close, execute, prepare } from "./loaded-tests.ts";
import { CHANNEL, type FromWorker, type ToWorker } from "./order.ts";

it("tries mutants", { timeout: 0 }, async () => {
  const channel = new BroadcastChannel(CHANNEL);
  const send = (message: FromWorker) => channel.postMessage(message);
  await prepare();
  await new Promise<void>((resolve) => {
    channel.onmessage = async ({ data }: { data: ToWorker }) => {
      if (data === "end") resolve();
      else send(await execute(data));
    };
    send("loaded");
  });
  await close();
  channel.close();
  expect(channel).toBeDefined();
});
