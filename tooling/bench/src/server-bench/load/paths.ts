/** Parent of all znodes of the load generator. */
export const ROOT = "/bench";
/** The znode that jobs read, write and watch. */
export const TARGET = `${ROOT}/target`;
