/** `node tooling/bench/src/main.ts <bench|soak> <name> [options]`: the program of `pnpm bench` and `pnpm soak`. */
import { findProgram } from "./programs.ts";

const [kind, name, ...args] = process.argv.slice(2);
const found = findProgram(kind, name);
if ("problem" in found) {
  process.stderr.write(found.problem);
  process.exitCode = 2;
} else {
  process.exitCode = await found.program.run(args);
}
