/** What the load generator is to do to one server. Each job leaves no session behind. */
export type Job = ConnectionsJob | FanOutJob;

/** What its Node.js process does; the other is Java's. */
export type ConnectionsJob = PrepareJob | OperationsJob | SessionsJob | HoldJob;

/** The server that the job is done to, and whose use of the machine is read. */
export interface JobTarget {
  readonly port: number;
  readonly pid: number;
}

/** Makes the znode that the other jobs read, write and watch, for the first time. */
export interface PrepareJob extends JobTarget {
  readonly kind: "prepare";
}

export type LoadOperation = "get" | "set" | "create";

/** Does the same operation `count` times, over some connections that each keep some requests in flight. */
export interface OperationsJob extends JobTarget {
  readonly kind: "operations";
  readonly operation: LoadOperation;
  readonly connections: number;
  readonly inFlight: number;
  readonly count: number;
}

/** Changes the one znode that many sessions watch, `times` times, and waits for the last of them to be told. */
export interface FanOutJob extends JobTarget {
  readonly kind: "fan-out";
  readonly watchers: number;
  readonly times: number;
}

/** Opens sessions, some at the same time. */
export interface SessionsJob extends JobTarget {
  readonly kind: "sessions";
  readonly count: number;
}

/** Keeps many sessions open at the same time, and reads what memory that takes. */
export interface HoldJob extends JobTarget {
  readonly kind: "hold";
  readonly count: number;
}

/** The jobs' figures by name. What a job does not measure is not there. */
export interface JobResult {
  readonly perSecond?: number;
  /** Of one operation. */
  readonly p50Us?: number;
  readonly p99Us?: number;
  /** Until the last of the watchers was told. */
  readonly toldMs?: number;
  /** CPU time of the server: for each operation, session, or change that all watchers are told of. */
  readonly cpuUs?: number;
  /** The same of the load generator. */
  readonly ownCpuUs?: number;
  /** Memory that each held session takes in the server. */
  readonly bytesEach?: number;
}
