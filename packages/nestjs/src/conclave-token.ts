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
