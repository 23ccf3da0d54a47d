/*
 * The seams of Conclave: what a library would otherwise take from its surroundings, as interfaces, with defaults.
 */
export { type Clock, systemClock, type Timer } from "./clock.js";
export { type LogFields, type Logger, silentLogger } from "./logger.js";
export { type Meter, type MetricLabels, silentMeter } from "./meter.js";
export { type Random, randomInt, seededRandom, systemRandom } from "./random.js";
