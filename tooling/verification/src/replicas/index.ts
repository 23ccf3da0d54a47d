export { describeReplicas, type Replicas, type UnstableReplica } from "./replicas.js";
