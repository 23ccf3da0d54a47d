import { isObservable } from "rxjs";
import type { ConclaveService, GrantContext } from "../connection/conclave-service.js";
import { conclaveOf, injectConclave } from "../connection/injection.js";
import type { ExclusiveCall, Obtainable } from "../exclusive/exclusive-calls.js";
import { type ExclusiveOptions, resolveExclusiveOptions } from "../exclusive/exclusive-options.js";
import { type ExclusiveKey, readExclusiveKey } from "./exclusive-key.js";
import { parametersOf, withGrant } from "./grant-parameter.js";
import { replaceMethod } from "./replace-method.js";

/** Properties in which the decorators of exclusive methods differ. */
export interface Exclusive extends Pick<ExclusiveCall, "kind" | "coveredBy" | "deadlocksUnder"> {
  /** Name of the decorator in messages: `@Locked`. */
  readonly decorator: string;
  /** Name of the lock or permit in messages: `lock`. */
  readonly noun: string;
  /** Reason of a refusal in messages, after the name of the lock: `is not free`. */
  readonly busy: string;
  readonly recipe: (context: GrantContext, names: readonly string[]) => Obtainable;
}

/** Returns a decorator that lets a method run only under a grant. Calls return promises. */
export function exclusiveMethod(exclusive: Exclusive, key: ExclusiveKey, options: ExclusiveOptions): MethodDecorator {
  const { decorator, kind, noun, busy, coveredBy, deadlocksUnder } = exclusive;
  const resolved = resolveExclusiveOptions(decorator, options);
  const { connection, onSuspended, ...policy } = resolved;
  return (prototype, name, descriptor) => {
    const label = `${prototype.constructor.name}.${String(name)}`;
    const namesOf = readExclusiveKey(`${decorator} on ${label}`, key);
    const grantAt = parametersOf(prototype, name);
    replaceMethod(
      decorator,
      prototype,
      name,
      descriptor,
      (method) =>
        async function exclusiveCall(...args) {
          const conclave: ConclaveService = conclaveOf(this, connection, decorator, name);
          const names = namesOf(this, args);
          return conclave.calls.run({
            ...policy,
            kind,
            coveredBy,
            deadlocksUnder,
            names,
            what: nameOf(noun, names),
            busy,
            method: label,
            recipe: () => exclusive.recipe(conclave.grantContext(onSuspended), names),
            task: (grant) => settling(label, decorator, method.apply(this, [...withGrant(args, grantAt, grant)])),
          });
        },
    );
    injectConclave(prototype, connection);
  };
}

function nameOf(noun: string, names: readonly string[]): string {
  const list = names.map((name) => JSON.stringify(name)).join(", ");
  return names.length === 1 ? `the ${noun} ${list}` : `one of the ${noun}s ${list}`;
}

function settling(label: string, decorator: string, result: unknown): unknown {
  if (!isObservable(result)) return result;
  throw new TypeError(
    `${label} returned an Observable, which would start after ${decorator} has released its grant: return a promise, for example lastValueFrom(…)`,
  );
}
