/*
 * Interfaces to the surroundings of a library (clocks, randomness, logs, metrics), with defaults.
 */
export { type Clock, systemClock, type Timer } from "./clock.js";
export { type LogFields, type Logger, silentLogger } from "./logger.js";
export { type Meter, type MetricLabels, silentMeter } from "./meter.js";
export { type Random, randomInt, seededRandom, systemRandom } from "./random.js";
