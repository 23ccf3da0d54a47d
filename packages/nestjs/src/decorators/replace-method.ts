import "reflect-metadata";

/**
 * Replaces the decorated method in the descriptor itself, because `applyDecorators` ignores returned descriptors. The metadata
 * that routes, schedules and guards attach to the function is copied, so the order of decorators does not matter; name and
 * length, which frameworks read, are kept.
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

/** Type of every decorated method. */
export type Method = (this: object, ...args: unknown[]) => unknown;

/**
 * Returns the decorated method. Throws a `TypeError` if it is not an instance method, or if it is a generator, which works
 * while a caller iterates: after the grant was released.
 */
export function decoratedMethod(
  decorator: string,
  prototype: object,
  key: string | symbol,
  descriptor: PropertyDescriptor | undefined,
): Method {
  const method = descriptor?.value as Method | undefined;
  if (typeof prototype === "function" || typeof method !== "function") {
    throw new TypeError(`${decorator} must be on an instance method, and ${String(key)} is not one`);
  }
  if (!Object.prototype.toString.call(method).endsWith("GeneratorFunction]")) return method;
  const name = `${prototype.constructor.name}.${String(key)}`;
  throw new TypeError(
    `${name} is a generator, which would run after ${decorator} has released its grant: return a promise of all its values`,
  );
}
