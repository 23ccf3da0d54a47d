/** All that the load generator makes is below. */
export const ROOT = "/bench";
/** The znode that is read, written and watched. */
export const TARGET = `${ROOT}/target`;
