export { AtomicValue, type AtomicValueOptions } from "./atomic-value.js";
