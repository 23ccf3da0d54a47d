/** Whether a real service can be had on this machine. `reason` says why not, and what to do about it. */
export type Availability<T extends object> =
  | (T & { readonly available: true })
  | { readonly available: false; readonly reason: string };

/** Thrown by every `start…` of a service that cannot be had on this machine. */
export class ServiceUnavailableError extends Error {
  override readonly name = "ServiceUnavailableError";
}

/** The found service, or a {@link ServiceUnavailableError} that carries the reason. */
export const orThrow = <T extends object>(found: Availability<T>): T => {
  if (!found.available) throw new ServiceUnavailableError(found.reason);
  return found;
};
