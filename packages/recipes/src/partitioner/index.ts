export type { Grant } from "../grant/grant.js";
export { type GrantLostCode, GrantLostError } from "../grant/grant-lost-error.js";
export type { Partition, PartitionEvent } from "./partition.js";
export { Partitioner, type PartitionerOptions, type PartitionTask } from "./partitioner.js";
