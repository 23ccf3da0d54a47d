import nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

/** Time after which the start is over, and its code compiled, in milliseconds. */
const KEEP_AFTER_MS = 1_000;

/**
 * Makes V8 keep its compiled code in the folder `.cache` of the package for the next start, if Node.js supports that and the
 * folder can be written. Call it before the rest of the command is loaded, and after V8's flags are set: code compiled with
 * other flags is not reused.
 */
export function startQuickly(): void {
  // Compiles each regular expression at once instead of to bytecode first, which takes 4 ms for Node.js's own of IPv6.
  setFlagsFromString("--no-regexp-tier-up");
  nodeModule.enableCompileCache?.(fileURLToPath(new URL("../.cache", import.meta.url)));
  // Node.js writes the cache at a normal end of the process, which a server may never reach.
  setTimeout(() => nodeModule.flushCompileCache?.(), KEEP_AFTER_MS).unref();
}
