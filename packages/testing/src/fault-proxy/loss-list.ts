import type { OperationName, ProxiedRequest } from "./proxied-frame.js";

/** Which requests are meant: those of one operation, or those that a function picks. */
export type RequestMatch = OperationName | ((request: ProxiedRequest) => boolean);

interface ArmedLoss {
  readonly matches: (request: ProxiedRequest) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Requests that are to be lost, each once. */
export class LossList {
  #armed: ArmedLoss[] = [];

  /** Resolves when it has happened. */
  add(match?: RequestMatch): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.#armed.push({ matches: toPredicate(match), resolve, reject });
    });
    // Whoever does not wait for it need not hear that it never happened.
    done.catch(() => {});
    return done;
  }

  /** Whether this is one to lose; it is then crossed off. */
  takes(request: ProxiedRequest): boolean {
    const armed = this.#armed.find(({ matches }) => matches(request));
    if (armed === undefined) return false;
    this.#armed = this.#armed.filter((each) => each !== armed);
    armed.resolve();
    return true;
  }

  /** What has not happened never will. */
  close(error: Error): void {
    for (const { reject } of this.#armed.splice(0)) reject(error);
  }
}

function toPredicate(match: RequestMatch | undefined): ArmedLoss["matches"] {
  if (match === undefined) return ({ xid }) => xid >= 0;
  return typeof match === "string" ? ({ operation }) => operation === match : match;
}
