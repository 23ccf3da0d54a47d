import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/*
 * A server needs little of V8's heap: the tree is outside of it, and nearly all objects live no longer than a request.
 */

/** Size of a semi-space; V8 has two. Its default grows up to 32 MiB under load, and keeps most of it. */
const SEMI_SPACE_BYTES = 4 * 1024 * 1024;
/** Collects old objects after a growth by half instead of several times, which is cheap for a small old generation. */
const SMALL_OLD_GENERATION = "--heap-growing-percent=50";
/** Maglev's memory stays in the malloc arenas of V8's threads, some 10 MiB. Turbofan compiles hot code without it. */
const WITHOUT_MAGLEV = "--no-maglev";
/**
 * Turbofan compiles a function after 300 calls. Its default of 3,000 assumes that Maglev compiles it first; a server with few requests
 * would run code that is not optimized for a long time. A set of one client at depth 1 in an ensemble takes half of the CPU time
 * (399 µs instead of 763 on a busy machine), for 2 MiB of memory in each server.
 */
const EARLY_TURBOFAN = "--invocation-count-for-turbofan=300";
/** The option is unknown to earlier versions, which print an error then. */
const EARLY_TURBOFAN_SINCE_V8 = 13;

/**
 * Limits V8's heap and the memory of its compilers in this process. Options given by the user stay in effect.
 *
 * @param given options on Node.js's command line and in `NODE_OPTIONS`
 */
export function keepHeapSmall(given: readonly string[]): void {
  if (!names(given, /semi[-_]space/)) limitYoungGeneration();
  if (!names(given, /heap[-_]growing/)) setFlagsFromString(SMALL_OLD_GENERATION);
  if (!names(given, /maglev/)) setFlagsFromString(WITHOUT_MAGLEV);
  if (!names(given, /maglev|turbofan/) && Number.parseInt(process.versions.v8, 10) >= EARLY_TURBOFAN_SINCE_V8) {
    setFlagsFromString(EARLY_TURBOFAN);
  }
}

/**
 * V8 reads the maximum size of its young generation only at its start, but the growth factor at each collection. The young
 * generation also shrinks when idle, and must be able to grow again.
 */
function limitYoungGeneration(): void {
  let grows = true;
  const collected = new PerformanceObserver(() => {
    const mayGrow = 2 * semiSpaceBytes() <= SEMI_SPACE_BYTES;
    if (mayGrow === grows) return;
    grows = mayGrow;
    setFlagsFromString(`--semi-space-growth-factor=${grows ? 2 : 1}`);
  });
  collected.observe({ entryTypes: ["gc"] });
}

/** Returns the used and the free bytes of the semi-space; V8 may have committed fewer. */
function semiSpaceBytes(): number {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
  return space === undefined ? 0 : space.space_used_size + space.space_available_size;
}

function names(given: readonly string[], option: RegExp): boolean {
  return given.some((each) => option.test(each));
}
