import { Inject, type InjectionToken } from "@nestjs/common";
import { ConclaveService } from "./conclave-service.js";

/** Returns the token of a connection's {@link ConclaveService}; without a name, of the default connection. */
export function getConclaveToken(name?: string): InjectionToken<ConclaveService> {
  return name === undefined ? ConclaveService : `Conclave:${name}`;
}

/** Injects the {@link ConclaveService} of a connection, into a constructor's parameter or a property. */
export function InjectConclave(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getConclaveToken(name));
}

/** Makes Nest inject the connection into all instances of a class and its subclasses, in every scope. */
export function injectConclave(prototype: object, connection: string | undefined): void {
  Inject(getConclaveToken(connection))(prototype, propertyOf(connection));
}

/** Returns the connection of an instance. Throws an `Error` that names `decorator` and `method` if Nest injected none. */
export function conclaveOf(
  instance: object,
  connection: string | undefined,
  decorator: string,
  method: string | symbol,
): ConclaveService {
  const conclave = (instance as Record<symbol, ConclaveService | undefined>)[propertyOf(connection)];
  if (conclave !== undefined) return conclave;
  throw new Error(
    `${decorator} on ${String(method)} needs an instance that Nest itself made, in an app that imports ConclaveModule`,
  );
}

function propertyOf(connection: string | undefined): symbol {
  return Symbol.for(connection === undefined ? "conclave" : `conclave:${connection}`);
}
