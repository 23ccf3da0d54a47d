/*
 * Interfaces to the surroundings of a library (clocks, randomness, ports, logs, metrics) with defaults; waits on them; and text
 * for people to read.
 */
export { type BackoffLimits, backoffDelayMs } from "./backoff.js";
export { type Clock, systemClock, type Timer } from "./clock.js";
export { freePorts, isFreePort } from "./free-ports.js";
export { type LogFields, type Logger, silentLogger } from "./logger.js";
export { type Meter, type MetricLabels, silentMeter } from "./meter.js";
export { microtask } from "./microtask.js";
export { onAbort } from "./on-abort.js";
export { pause } from "./pause.js";
export { type Random, randomInt, seededRandom, systemRandom } from "./random.js";
export { shownJson, shownLines, shownText } from "./shown-text.js";
