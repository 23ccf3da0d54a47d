import { LAYERS, TOOLS_FOR_APPS } from "./layers.ts";
import type { Package, Repository } from "./repository.ts";

/**
 * Returns the reason why `from` must not depend on the package `name`; undefined if it may. `forUsers`: a dependency that
 * users install, not only developers.
 */
export function arrowProblem(
  repository: Repository,
  from: Package,
  name: string,
  forUsers: boolean,
): string | undefined {
  const to = repository.packageNamed(name);
  const layer = from.group === "packages" ? LAYERS.get(from.id) : undefined;
  if (to === undefined) {
    const refused = layer !== undefined && forUsers && !layer.others;
    return refused ? `${from.id} depends on nothing from elsewhere, but takes ${name}` : undefined;
  }
  if (from.group === "tooling" || (to === from && !forUsers)) return undefined;
  const isAllowed = layer === undefined ? mayApp(to, forUsers) : mayPackage(layer.ours, to, forUsers);
  return isAllowed ? undefined : `${from.folder} must not depend on ${to === from ? "itself by name" : to.folder}`;
}

function mayApp(to: Package, forUsers: boolean): boolean {
  return to.group !== "tooling" || !forUsers || TOOLS_FOR_APPS.includes(to.id);
}

function mayPackage(ours: readonly string[], to: Package, forUsers: boolean): boolean {
  if (to.group === "packages") return ours.includes(to.id) || (!forUsers && to.id === "testing");
  return to.group === "tooling" && !forUsers;
}
