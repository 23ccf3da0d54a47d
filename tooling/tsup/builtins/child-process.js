/** Loaded when commander starts a command that is a program of its own. */
export default { spawn: (...args) => process.getBuiltinModule("node:child_process").spawn(...args) };
