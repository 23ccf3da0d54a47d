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
