import { setFlagsFromString } from "node:v8";

/*
 * A server needs little of V8's heap: the tree is outside of it, and nearly all objects die with their request.
 */

/** MiB for new objects, twice. By itself V8 takes up to 32 when a load comes, and keeps most of it. */
const SMALL_YOUNG_GENERATION = "--max-semi-space-size=4";
/** Old objects are collected when they are half as many again, not several times as many: where there are few, that is cheap. */
const SMALL_OLD_GENERATION = "--heap-growing-percent=50";

/**
 * What Node.js should be started with, beyond what it was, for the command with these arguments. Where somebody has chosen
 * a size, that stays.
 *
 * @param given options on Node.js's command line and in `NODE_OPTIONS`
 */
export function missingNodeOptions(args: readonly string[], given: readonly string[]): readonly string[] {
  return args[0] !== "server" || names(given, /semi[-_]space/) ? [] : [SMALL_YOUNG_GENERATION];
}

/**
 * The environment to start it in: the C library keeps memory apart for each of some ten threads unless it is told
 * otherwise (glibc's mallopt(3)), and only one of them has much to do.
 */
export function serverEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { MALLOC_ARENA_MAX: "1", ...environment };
}

/** What V8 takes while it runs. It is no option of Node.js's own, which would not start with one that it does not know. */
export function setHeapFlags(args: readonly string[], given: readonly string[]): void {
  if (args[0] === "server" && !names(given, /heap[-_]growing/)) setFlagsFromString(SMALL_OLD_GENERATION);
}

function names(given: readonly string[], option: RegExp): boolean {
  return given.some((each) => option.test(each));
}
