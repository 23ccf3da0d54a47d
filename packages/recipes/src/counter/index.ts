export { Counter, type CounterOptions } from "./counter.js";
