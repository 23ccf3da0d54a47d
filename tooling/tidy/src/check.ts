import { readRepository } from "./repository.ts";
import type { Rule } from "./rule.ts";
import { RULES } from "./rules/index.ts";
import type { Violation } from "./violation.ts";
import type { Workspace } from "./workspace.ts";

/** Returns every violation of a rule in `workspace`, by path, line and rule. Pure; throws only for an invalid package.json. */
export function check(workspace: Workspace, rules: readonly Rule[] = RULES): Violation[] {
  const repository = readRepository(workspace);
  const violations: Violation[] = [];
  for (const rule of rules) {
    for (const finding of rule.check(repository)) violations.push({ ...finding, rule: rule.name });
  }
  const key = ({ path, line, rule }: Violation): string => `${path}\0${String(line).padStart(8, "0")}\0${rule}`;
  return violations.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
