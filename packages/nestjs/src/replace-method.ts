import "reflect-metadata";

/** A method, seen from a decorator. */
export type Method = (this: object, ...args: unknown[]) => unknown;

/**
 * Replaces the method that a decorator stands on, in the descriptor itself: `applyDecorators` ignores what a decorator
 * returns. Routes, schedules and guards keep their metadata with the function, so it moves along, whichever decorator is
 * above the other; and so do name and length, which frameworks read.
 */
export function replaceMethod(
  decorator: string,
  prototype: object,
  key: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  replace: (method: Method) => Method,
): void {
  const method = descriptor?.value as Method | undefined;
  if (typeof prototype === "function" || descriptor === undefined || typeof method !== "function") {
    throw new TypeError(`${decorator} stands on a method of an instance, and ${String(key)} is none`);
  }
  const replacement = replace(method);
  for (const name of ["name", "length"] as const) {
    Object.defineProperty(replacement, name, { value: method[name], configurable: true });
  }
  for (const metadataKey of Reflect.getOwnMetadataKeys(method)) {
    Reflect.defineMetadata(metadataKey, Reflect.getOwnMetadata(metadataKey, method), replacement);
  }
  descriptor.value = replacement;
}
