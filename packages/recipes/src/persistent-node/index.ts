export { PersistentNode, type PersistentNodeOptions } from "./persistent-node.js";
