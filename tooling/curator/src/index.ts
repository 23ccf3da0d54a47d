export { compileJava } from "./compile-java.ts";
export { type Contest, contend } from "./contend.ts";
export { CriticalSection, type Entry, type HolderLimit } from "./critical-section.ts";
export { onCuratorOnly } from "./curator-installation.ts";
export { CuratorProcess, type CuratorRecipe, type OpenOptions, type RecipeKind } from "./curator-process.ts";
export { type HeldRecipe, NodeHolder, type NodeHolderOptions } from "./node-holder.ts";
