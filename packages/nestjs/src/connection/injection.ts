import { Inject, type InjectionToken } from "@nestjs/common";
import { ConclaveService } from "./conclave-service.js";

/** The token of a connection's {@link ConclaveService}; without a name that of the default connection. */
export function getConclaveToken(name?: string): InjectionToken<ConclaveService> {
  return name === undefined ? ConclaveService : `Conclave:${name}`;
}

/** Injects the {@link ConclaveService} of a connection, into a constructor's parameter or a property. */
export function InjectConclave(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getConclaveToken(name));
}

/** Has Nest give the instances of a class their connection: singletons, transient and request-scoped ones, and heirs. */
export function injectConclave(prototype: object, connection: string | undefined): void {
  Inject(getConclaveToken(connection))(prototype, propertyOf(connection));
}

/** The connection of an instance. Throws, with `decorator` and `method`, where Nest has given it none. */
export function conclaveOf(
  instance: object,
  connection: string | undefined,
  decorator: string,
  method: string | symbol,
): ConclaveService {
  const conclave = (instance as Record<symbol, ConclaveService | undefined>)[propertyOf(connection)];
  if (conclave !== undefined) return conclave;
  throw new Error(`${decorator} on ${String(method)} needs Nest to make the instance, in an app with ConclaveModule`);
}

function propertyOf(connection: string | undefined): symbol {
  return Symbol.for(connection === undefined ? "conclave" : `conclave:${connection}`);
}
