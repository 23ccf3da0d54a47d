import "reflect-metadata";
import { decoratedMethod, type Method } from "./decorated-method.js";

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
