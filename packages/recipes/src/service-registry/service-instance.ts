import type { Codec } from "@conclave/client";
import type { UriSpec } from "./uri-spec.js";

/**
 * Lifetime of an instance on the ensemble, in Curator's terms. This package registers `DYNAMIC` instances: ephemeral znodes.
 */
export type ServiceType = "DYNAMIC" | "STATIC" | "PERMANENT" | "DYNAMIC_SEQUENTIAL";

/** An instance of a service, as Curator's x-discovery writes it. */
export interface ServiceInstance<P = unknown> {
  /** Name of the service. */
  readonly name: string;
  readonly id: string;
  readonly address: string | null;
  readonly port: number | null;
  readonly sslPort: number | null;
  /** Additional data of the instance. Not checked. */
  readonly payload: P | null;
  /** Time of the first registration, in milliseconds since 1970, by the clock of the instance. */
  readonly registrationTimeUTC: number;
  readonly serviceType: ServiceType;
  readonly uriSpec: UriSpec | null;
  /** True if the instance accepts requests; false while it is unhealthy. */
  readonly enabled: boolean;
}

/** JSON of Curator's `JsonInstanceSerializer`. Fields that older versions of Curator omit get their defaults. */
export function instanceCodec<P>(): Codec<ServiceInstance<P>> {
  return {
    encode: (instance) => JSON.stringify(instance),
    decode: (data) => {
      const read: unknown = JSON.parse(data?.toString("utf8") ?? "null");
      if (typeof read !== "object" || read === null || !("name" in read) || !("id" in read)) {
        throw new Error("not a service instance: name or id is missing");
      }
      return {
        ...{ address: null, port: null, sslPort: null, payload: null, registrationTimeUTC: 0 },
        ...{ serviceType: "DYNAMIC", uriSpec: null, enabled: true },
        ...(read as ServiceInstance<P>),
      };
    },
  };
}
