/** Work of the load generator on one server. No job leaves a session open. */
export type Job = ConnectionsJob | FanOutJob;

/** Jobs of the Node.js process; a Java process runs the other one. */
export type ConnectionsJob = PrepareJob | OperationsJob | SessionsJob | HoldJob;

/** Server of a job; its CPU time and memory are read by its process id. */
export interface JobTarget {
  readonly port: number;
  readonly pid: number;
  /** Other servers of the same ensemble: connections are spread over all of them, and their CPU time is summed up. */
  readonly others?: readonly { readonly port: number; readonly pid: number }[] | undefined;
}

export const portsOf = ({ port, others = [] }: JobTarget): readonly number[] => [
  port,
  ...others.map((each) => each.port),
];
export const pidsOf = ({ pid, others = [] }: JobTarget): readonly number[] => [pid, ...others.map((each) => each.pid)];

/** Creates the znode that the other jobs read, write and watch. */
export interface PrepareJob extends JobTarget {
  readonly kind: "prepare";
}

export type LoadOperation = "get" | "set" | "create";

/** Runs the same operation `count` times, over several connections with several requests in flight each. */
export interface OperationsJob extends JobTarget {
  readonly kind: "operations";
  readonly operation: LoadOperation;
  readonly connections: number;
  readonly inFlight: number;
  readonly count: number;
}

/** Changes the znode that many sessions watch, `times` times, and waits each time until the last session has its event. */
export interface FanOutJob extends JobTarget {
  readonly kind: "fan-out";
  readonly watchers: number;
  readonly times: number;
}

/** Opens sessions, several at the same time. */
export interface SessionsJob extends JobTarget {
  readonly kind: "sessions";
  readonly count: number;
}

/** Keeps many sessions open at the same time, and reads their memory in the server. */
export interface HoldJob extends JobTarget {
  readonly kind: "hold";
  readonly count: number;
}

/** Figures of a job by name; a figure that the job does not measure is missing. */
export interface JobResult {
  readonly perSecond?: number;
  /** Latency of one operation. */
  readonly p50Us?: number;
  readonly p99Us?: number;
  /** Time until the last watcher has received its event. */
  readonly deliveryMs?: number;
  /** CPU time of the server per operation, session, or change with its watch events. */
  readonly cpuUs?: number;
  /** CPU time of the load generator, likewise. */
  readonly ownCpuUs?: number;
  /** Memory of the server per open session. */
  readonly bytesEach?: number;
}
