import { startTestServer } from "@conclave/testing";
import { test } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";

const LOOPS = 64;
const GETS_EACH = 100;

type Get = () => Promise<unknown>;

const throughAsync =
  (get: Get): Get =>
  async () =>
    await get();

/** Calls the functions in 64 loops, by turns, 6400 times in all: a latency of 10 ms is 1.6 µs for each call. */
async function inLoops(gets: readonly Get[]): Promise<void> {
  const loop = async (get: Get): Promise<void> => {
    for (let left = GETS_EACH; left > 0; left--) await get();
  };
  await Promise.all(Array.from({ length: LOOPS }, (_, index) => loop(gets[index % gets.length]!)));
}

// The server runs in the same process: its CPU time counts too.
test("6400 x getData, 64 in flight", async ({ bench }) => {
  await using server = await startTestServer();
  const zk = await connectForLong(server.connectString);
  const direct = () => zk.getData("/");
  const throughOne = throughAsync(direct);
  const throughTwo = throughAsync(throughOne);
  const throughFour = throughAsync(throughAsync(throughTwo));
  await bench.compare(
    bench("called directly", () => inLoops([direct])),
    bench("called through up to four async functions", () => inLoops([direct, throughOne, throughTwo, throughFour])),
    { time: 500, iterations: 10 },
  );
  await zk.close();
});
