/**
 * What Node.js should be started with, beyond what it was, for the command with these arguments.
 *
 * A server gets two halves of 4 MiB for new objects: what it has in work at a time fits well into one, and nearly all of
 * its objects die at once. By itself V8 takes up to 64 MiB when a load comes, and keeps most of it. Where somebody has
 * chosen another size, that is kept.
 *
 * @param given options on Node.js's command line and in `NODE_OPTIONS`
 */
export function missingNodeOptions(args: readonly string[], given: readonly string[]): readonly string[] {
  if (args[0] !== "server" || given.some((option) => /semi[-_]space/.test(option))) return [];
  return ["--max-semi-space-size=4"];
}
