import { Inject } from "@nestjs/common";

/** What `forFeature` provides. */
export type FeatureKind = "election" | "mutex" | "read-write lock" | "semaphore" | "group";

/** The token of what `forFeature` provides. */
export function getFeatureToken(kind: FeatureKind, name: string, connection?: string): string {
  return `Conclave:${connection ?? ""}:${kind}:${name}`;
}

/** Injects the `LeaderElection` of a name that `forFeature({ elections })` lists. */
export function InjectElection(name: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getFeatureToken("election", name, connection));
}

/** Injects the `Mutex` of a name that `forFeature({ mutexes })` lists. */
export function InjectMutex(name: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getFeatureToken("mutex", name, connection));
}

/** Injects the `ReadWriteLock` of a name that `forFeature({ readWriteLocks })` lists. */
export function InjectReadWriteLock(name: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getFeatureToken("read-write lock", name, connection));
}

/** Injects the `Semaphore` of a name that `forFeature({ semaphores })` lists. */
export function InjectSemaphore(name: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getFeatureToken("semaphore", name, connection));
}

/** Injects the `Group` of a name that `forFeature({ groups })` lists. */
export function InjectGroup(name: string, connection?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getFeatureToken("group", name, connection));
}
