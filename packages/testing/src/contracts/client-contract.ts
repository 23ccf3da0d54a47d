import { describe } from "vitest";
import { connecting } from "./client/connecting.js";
import { connectionLoss } from "./client/connection-loss.js";
import { credentials } from "./client/credentials.js";
import { expiry } from "./client/expiry.js";
import { givingUp } from "./client/giving-up.js";
import { operations } from "./client/operations.js";
import { order } from "./client/order.js";
import { randomCalls } from "./client/random-calls.js";
import { transactions } from "./client/transactions.js";
import { watches } from "./client/watches.js";
import { type ContractHarness, stagedTests } from "./stage.js";

/**
 * Declares the tests that every client must pass on every ensemble: what the interface `ZooKeeper` promises, one behaviour
 * each. Call it in a suite of its own.
 */
export function runClientContract(harness: ContractHarness): void {
  const test = stagedTests(harness);
  describe.concurrent("client contract", () => {
    connecting(test);
    operations(test);
    transactions(test);
    order(test);
    randomCalls(test);
    watches(test);
    connectionLoss(test);
    expiry(test);
    givingUp(test);
    if (harness.knowsDigest === true) credentials(test);
  });
}
