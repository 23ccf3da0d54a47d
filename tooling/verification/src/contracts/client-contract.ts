import { describe } from "vitest";
import { type ContractHarness, contractTests } from "../test-context/test-context.ts";
import { abortingAndClosing } from "./client/aborting-and-closing.ts";
import { accessLists } from "./client/access-lists.ts";
import { batchedReads } from "./client/batched-reads.ts";
import { connecting } from "./client/connecting.ts";
import { connectionLoss } from "./client/connection-loss.ts";
import { containersAndTtl } from "./client/containers-and-ttl.ts";
import { credentials } from "./client/credentials.ts";
import { ensemble } from "./client/ensemble.ts";
import { expiry } from "./client/expiry.ts";
import { operations } from "./client/operations.ts";
import { order } from "./client/order.ts";
import { persistentWatches } from "./client/persistent-watches.ts";
import { randomCalls } from "./client/random-calls.ts";
import { removedWatches } from "./client/removed-watches.ts";
import { savedSessions } from "./client/saved-sessions.ts";
import { transactions } from "./client/transactions.ts";
import { watches } from "./client/watches.ts";
import { wideReads } from "./client/wide-reads.ts";

/**
 * Declares the contract of the interface `ZooKeeper`: one test for each behaviour, for every client on every ensemble. Call it in
 * a separate suite.
 */
export function runClientContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("client contract", () => {
    connecting(test);
    operations(test);
    containersAndTtl(test);
    accessLists(test);
    wideReads(test);
    batchedReads(test);
    ensemble(test);
    transactions(test);
    order(test);
    randomCalls(test);
    watches(test);
    removedWatches(test);
    persistentWatches(test);
    connectionLoss(test);
    expiry(test);
    savedSessions(test);
    abortingAndClosing(test);
    if (harness.knowsDigest === true) credentials(test);
  });
}
