/** A service of this machine, or the reason why it is not available and the way to change that. */
export type Availability<T extends object> =
  | (T & { readonly available: true })
  | { readonly available: false; readonly reason: string };

/** Thrown by functions that start a service which is not available on this machine. */
export class ServiceUnavailableError extends Error {
  override readonly name = "ServiceUnavailableError";
}

/** Returns the service; throws a {@link ServiceUnavailableError} with the reason if it is not available. */
export const orThrow = <T extends object>(found: Availability<T>): T => {
  if (!found.available) throw new ServiceUnavailableError(found.reason);
  return found;
};

/** Options of the functions that install a service. */
export interface PrepareOptions {
  /** Called with a description of each slow step before it begins. */
  readonly progress?: (step: string) => void;
}
