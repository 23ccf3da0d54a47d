/*
 * A process with one replica. It blocks its event loop for the time that its parent asks for, and says when it has stopped.
 *
 *     node blocked-process.ts <options of joinEnsemble as JSON>
 */

import { type JoinEnsembleOptions, joinEnsemble } from "@conclave/server";

const replica = await joinEnsemble(JSON.parse(process.argv[2] ?? "") as JoinEnsembleOptions);
await replica.whenReady();
process.send?.({ type: "ready" });

process.on("message", ({ blockMs }: { readonly blockMs: number }) => {
  process.send?.({ type: "blocking" });
  // The message leaves before the event loop stops.
  setImmediate(() => {
    const end = performance.now() + blockMs;
    while (performance.now() < end);
    process.send?.({ type: "unblocked" });
  });
});
process.on("disconnect", () => process.exit());
