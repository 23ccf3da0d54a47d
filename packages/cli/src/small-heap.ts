import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/*
 * A server needs little of V8's heap: the tree is outside of it, and nearly all objects die with their request.
 */

/** Room for new objects; V8 has it twice. By itself it takes up to 32 MiB when a load comes, and keeps most of it. */
const SEMI_SPACE_BYTES = 4 * 1024 * 1024;
/** Old objects are collected when they are half as many again, not several times as many: where there are few, that is cheap. */
const SMALL_OLD_GENERATION = "--heap-growing-percent=50";
/** What Maglev compiles with on V8's threads stays in their malloc arenas, some 10 MiB. Turbofan compiles what is hot without it. */
const WITHOUT_MAGLEV = "--no-maglev";

/**
 * Keeps V8's heap, and what its compilers take beside it, small in this process. What somebody has chosen stays.
 *
 * @param given options on Node.js's command line and in `NODE_OPTIONS`
 */
export function keepHeapSmall(given: readonly string[]): void {
  if (!names(given, /semi[-_]space/)) limitYoungGeneration();
  if (!names(given, /heap[-_]growing/)) setFlagsFromString(SMALL_OLD_GENERATION);
  if (!names(given, /maglev/)) setFlagsFromString(WITHOUT_MAGLEV);
}

/**
 * V8 takes the largest size of its young generation only when it starts, but asks at each collection by what factor it may
 * grow. It also shrinks when there is little to do, and must be able to grow back.
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

/** How large it may become as it is: what stands there and what is free. What V8 has of it at the moment may be less. */
function semiSpaceBytes(): number {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
  return space === undefined ? 0 : space.space_used_size + space.space_available_size;
}

function names(given: readonly string[], option: RegExp): boolean {
  return given.some((each) => option.test(each));
}
