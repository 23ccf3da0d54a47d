import { describe } from "vitest";
import { accessLists } from "./client/access-lists.ts";
import { batchedReads } from "./client/batched-reads.ts";
import { connecting } from "./client/connecting.ts";
import { connectionLoss } from "./client/connection-loss.ts";
import { credentials } from "./client/credentials.ts";
import { ensemble } from "./client/ensemble.ts";
import { expiry } from "./client/expiry.ts";
import { givingUp } from "./client/giving-up.ts";
import { kindsOfZnodes } from "./client/kinds-of-znodes.ts";
import { operations } from "./client/operations.ts";
import { order } from "./client/order.ts";
import { persistentWatches } from "./client/persistent-watches.ts";
import { randomCalls } from "./client/random-calls.ts";
import { savedSessions } from "./client/saved-sessions.ts";
import { transactions } from "./client/transactions.ts";
import { watches } from "./client/watches.ts";
import { watchesTakenBack } from "./client/watches-taken-back.ts";
import { wideReads } from "./client/wide-reads.ts";
import { type ContractHarness, stagedTests } from "./stage.ts";

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
