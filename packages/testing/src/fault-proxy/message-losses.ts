import type { OperationName, ProxiedRequest } from "./proxied-frame.js";

/** Selects requests by operation name or by a predicate. */
export type RequestMatch = OperationName | ((request: ProxiedRequest) => boolean);

interface ArmedLoss {
  readonly matches: (request: ProxiedRequest) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Requests to drop, each entry once. */
export class MessageLosses {
  #armed: ArmedLoss[] = [];

  /** Adds an entry. Resolves when a request was dropped for it. */
  add(match?: RequestMatch): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.#armed.push({ matches: toPredicate(match), resolve, reject });
    });
    // A caller that does not await the promise must not cause an unhandled rejection.
    done.catch(() => {});
    return done;
  }

  /** Returns true if the request must be dropped, and removes the entry that matched. */
  consumes(request: ProxiedRequest): boolean {
    const armed = this.#armed.find(({ matches }) => matches(request));
    if (armed === undefined) return false;
    this.#armed = this.#armed.filter((each) => each !== armed);
    armed.resolve();
    return true;
  }

  /** Rejects the pending losses with the error. */
  close(error: Error): void {
    for (const { reject } of this.#armed.splice(0)) reject(error);
  }
}

function toPredicate(match: RequestMatch | undefined): ArmedLoss["matches"] {
  if (match === undefined) return ({ xid }) => xid >= 0;
  return typeof match === "string" ? ({ operation }) => operation === match : match;
}
