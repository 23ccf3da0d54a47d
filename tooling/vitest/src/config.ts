/** For vitest.config.ts only: test files import `@conclave/vitest`. */
export { LongestFirst } from "./longest-first.ts";
export { PlainLine } from "./plain-line.ts";
export { projects } from "./projects.ts";
