import { type Codec, textCodec } from "@conclave/client";
import type { HandlerOptions } from "./handler-options.js";
import { roleDecorator } from "./role.js";

/** How a `@WatchNode` method is bound. */
export interface WatchNodeOptions extends HandlerOptions {
  /**
   * What the znode holds, as in `jsonCodec(schema)`.
   * @default textCodec
   */
  readonly codec?: Codec<unknown> | undefined;
}

/**
 * Calls a method with what a znode is, a `CachedNode`, or `undefined` where it is not there: as soon as that is known after
 * the app's bootstrap, then after each change. One call at a time: of what changes while the method works, it is told the
 * last. What the codec cannot read is logged and not told; that it is gone is. An error of the method is logged.
 *
 * For singletons: a request follows nothing.
 */
export function WatchNode(path: string, { connection, codec }: WatchNodeOptions = {}): MethodDecorator {
  return roleDecorator({ kind: "watchNode", name: path, connection, codec: codec ?? textCodec });
}
