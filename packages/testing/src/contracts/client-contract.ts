import { describe } from "vitest";
import { accessLists } from "./client/access-lists.js";
import { batchedReads } from "./client/batched-reads.js";
import { connecting } from "./client/connecting.js";
import { connectionLoss } from "./client/connection-loss.js";
import { credentials } from "./client/credentials.js";
import { ensemble } from "./client/ensemble.js";
import { expiry } from "./client/expiry.js";
import { givingUp } from "./client/giving-up.js";
import { kindsOfZnodes } from "./client/kinds-of-znodes.js";
import { operations } from "./client/operations.js";
import { order } from "./client/order.js";
import { persistentWatches } from "./client/persistent-watches.js";
import { randomCalls } from "./client/random-calls.js";
import { savedSessions } from "./client/saved-sessions.js";
import { transactions } from "./client/transactions.js";
import { watches } from "./client/watches.js";
import { watchesTakenBack } from "./client/watches-taken-back.js";
import { wideReads } from "./client/wide-reads.js";
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
    kindsOfZnodes(test);
    accessLists(test);
    wideReads(test);
    batchedReads(test);
    ensemble(test);
    transactions(test);
    order(test);
    randomCalls(test);
    watches(test);
    watchesTakenBack(test);
    persistentWatches(test);
    connectionLoss(test);
    expiry(test);
    savedSessions(test);
    givingUp(test);
    if (harness.knowsDigest === true) credentials(test);
  });
}
