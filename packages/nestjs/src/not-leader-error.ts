import { ServiceUnavailableException } from "@nestjs/common";

/**
 * A `@LeaderOnly` method with `otherwise: "throw"` was called where this process does not lead. On an HTTP route it
 * answers 503.
 */
export class NotLeaderError extends ServiceUnavailableException {
  /** The election that this process does not lead. */
  readonly election: string;

  constructor(election: string) {
    super(`This process does not lead "${election}"`);
    this.election = election;
  }
}
