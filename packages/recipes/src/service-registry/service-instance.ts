import type { Codec } from "@conclave/client";
import type { UriSpec } from "./uri-spec.js";

/** How an instance lives on the ensemble, in Curator's words. Ours are `DYNAMIC`: they go with their session. */
export type ServiceType = "DYNAMIC" | "STATIC" | "PERMANENT" | "DYNAMIC_SEQUENTIAL";

/** An instance of a service, as Curator's x-discovery writes it. */
export interface ServiceInstance<P = unknown> {
  /** The name of the service. */
  readonly name: string;
  readonly id: string;
  readonly address: string | null;
  readonly port: number | null;
  readonly sslPort: number | null;
  /** What else it says of itself. Not checked. */
  readonly payload: P | null;
  /** When it was registered first, in milliseconds since 1970, by its own clock. */
  readonly registrationTimeUTC: number;
  readonly serviceType: ServiceType;
  readonly uriSpec: UriSpec | null;
  /** Whether it wants to be asked: false while it is not healthy. */
  readonly enabled: boolean;
}

/** The JSON of Curator's `JsonInstanceSerializer`. What an older Curator left out has its default. */
export function instanceCodec<P>(): Codec<ServiceInstance<P>> {
  return {
    encode: (instance) => JSON.stringify(instance),
    decode: (data) => {
      const read: unknown = JSON.parse(data?.toString("utf8") ?? "null");
      if (typeof read !== "object" || read === null || !("name" in read) || !("id" in read)) {
        throw new Error("this is no instance of a service: it has no name or no id");
      }
      return {
        ...{ address: null, port: null, sslPort: null, payload: null, registrationTimeUTC: 0 },
        ...{ serviceType: "DYNAMIC", uriSpec: null, enabled: true },
        ...(read as ServiceInstance<P>),
      };
    },
  };
}
