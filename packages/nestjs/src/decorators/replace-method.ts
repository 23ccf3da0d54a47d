import "reflect-metadata";

/**
 * Replaces the method that a decorator stands on, in the descriptor itself: `applyDecorators` ignores what a decorator
 * returns. Routes, schedules and guards keep their metadata with the function, so it moves along, whichever decorator is
 * above the other; and so do name and length, which frameworks read.
 */
export function replaceMethod(
  decorator: string,
  prototype: object,
  key: string | symbol,
  descriptor: PropertyDescriptor,
  replace: (method: Method) => Method,
): void {
  const method = decoratedMethod(decorator, prototype, key, descriptor);
  const replacement = replace(method);
  for (const name of ["name", "length"] as const) {
    Object.defineProperty(replacement, name, { value: method[name], configurable: true });
  }
  for (const metadataKey of Reflect.getOwnMetadataKeys(method)) {
    Reflect.defineMetadata(metadataKey, Reflect.getOwnMetadata(metadataKey, method), replacement);
  }
  descriptor.value = replacement;
}

/** A method, seen from a decorator. */
export type Method = (this: object, ...args: unknown[]) => unknown;

/**
 * The method that a decorator stands on. Throws a `TypeError` where that is no method of an instance, or a generator: what
 * one does, it does while somebody iterates, and by then the decorator's part is over.
 */
export function decoratedMethod(
  decorator: string,
  prototype: object,
  key: string | symbol,
  descriptor: PropertyDescriptor | undefined,
): Method {
  const method = descriptor?.value as Method | undefined;
  if (typeof prototype === "function" || typeof method !== "function") {
    throw new TypeError(`${decorator} stands on a method of an instance, and ${String(key)} is none`);
  }
  if (!Object.prototype.toString.call(method).endsWith("GeneratorFunction]")) return method;
  const name = `${prototype.constructor.name}.${String(key)}`;
  throw new TypeError(
    `${name} is a generator, which begins when ${decorator} has ended: return a promise of all it gives`,
  );
}
