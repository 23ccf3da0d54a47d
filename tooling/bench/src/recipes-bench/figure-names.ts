/** Returns the name of a figure of hand-overs among so many contenders. */
export function handOverFigure(contenders: number, metric: "perSecond" | "cpuUs"): string {
  return `hand-over among ${contenders}: ${metric}`;
}

/** Milliseconds from before a leader resigns until the next one leads. */
export const RESIGN_FIGURE = "leader resigns: ms";
/** Milliseconds from before a leader's process is killed until the next one leads. */
export const KILL_FIGURE = "leader is killed: ms";
/** Milliseconds from the end of the session of a leader that was killed until the next one leads. */
export const EXPIRY_FIGURE = "leader's session ends: ms";

/** Returns the name of a figure of a double barrier with so many clients. */
export function barrierFigure(clients: number, metric: "ms" | "cpuMs"): string {
  return `double barrier of ${clients}: ${metric}`;
}
