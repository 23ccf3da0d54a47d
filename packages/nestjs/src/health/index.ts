export { ConclaveHealthIndicator, type ConclaveHealthOptions } from "./conclave-health-indicator.js";
