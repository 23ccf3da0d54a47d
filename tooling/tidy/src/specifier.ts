import { builtinModules } from "node:module";

/** The target of an import's text. */
export type Target =
  | { readonly kind: "relative" }
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "package"; readonly name: string /** `.` or `./sub`. */; readonly entry: string };

const BUILTIN = new Set(builtinModules);

/** Splits a module specifier: `@conclave/client/internal` is the package `@conclave/client` at its entry `./internal`. */
export function readSpecifier(specifier: string): Target {
  if (specifier.startsWith(".") || specifier.startsWith("/")) return { kind: "relative" };
  if (specifier.startsWith("node:") || BUILTIN.has(specifier)) return { kind: "node", name: specifier };
  const parts = specifier.split("/");
  const count = specifier.startsWith("@") ? 2 : 1;
  const rest = parts.slice(count).join("/");
  return { kind: "package", name: parts.slice(0, count).join("/"), entry: rest === "" ? "." : `./${rest}` };
}
