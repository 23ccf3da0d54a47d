export { compileJava } from "./compile-java.ts";
export { type Contest, contend } from "./contend.ts";
export { type CuratorPart, CuratorProcess, type OpenOptions, type PartKind } from "./curator-process.ts";
export { type HeldRecipe, NodeHolder, type NodeHolderOptions } from "./node-holder.ts";
export { onCuratorOnly } from "./on-curator-only.ts";
export { type Entry, Room, type RoomRule } from "./room.ts";
