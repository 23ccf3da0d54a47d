/* Replacements of the surroundings in tests. */
export { TestClock } from "./test-clock.js";
