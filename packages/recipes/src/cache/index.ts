export { NodeCache, type NodeCacheOptions } from "./node-cache.js";
export { type CachedNode, TreeCache, type TreeCacheEvent, type TreeCacheOptions } from "./tree-cache.js";
