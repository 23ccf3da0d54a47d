import { setTimeout as wait } from "node:timers/promises";
import { type Random, randomInt } from "@conclave/runtime";

const ORDER_EVERY_MS = 100;
const ANSWER_MS = 1_000;
const NAMES = ["Ada", "Grace", "Edsger", "Barbara"];

/** Places orders at one of `urls` after the other, until `signal` aborts. Resolves with the number of acknowledged orders. */
export async function placeOrders(urls: readonly string[], random: Random, signal: AbortSignal): Promise<number> {
  let acknowledged = 0;
  while (!signal.aborted) {
    const url = urls[randomInt(random, urls.length)]!;
    const order = { customer: NAMES[randomInt(random, NAMES.length)], cents: 1 + randomInt(random, 10_000) };
    if (await place(`${url}/orders`, order)) acknowledged++;
    await wait(ORDER_EVERY_MS, undefined, { signal }).catch(() => {});
  }
  return acknowledged;
}

async function place(url: string, order: object): Promise<boolean> {
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(order), signal: AbortSignal.timeout(ANSWER_MS) };
  try {
    const response = await fetch(url, request);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
