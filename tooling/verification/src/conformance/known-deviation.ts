/** An answer in which a server is meant to differ from the recorded one. */
export interface KnownDeviation {
  /** Why it is right. */
  readonly reason: string;
  /** The group and the scenario: `watch hidden`. */
  readonly scenario: string;
  /** How the line of the request begins: `A > 4 exists`. It must be the only such line of the scenario. */
  readonly request: string;
  /** The lines that follow it instead of the recorded ones, up to the next request. */
  readonly answers: readonly string[];
  /**
   * Whether nothing else of the recording is left after these lines: the connection has another fate.
   * @default false
   */
  readonly endsHere?: boolean | undefined;
}

const REQUEST = /^\w > /;

/**
 * The recorded lines as a server with these deviations has them. Throws where a deviation is none: its request is not
 * there, or is answered as recorded.
 */
export function withDeviations(recorded: readonly string[], deviations: readonly KnownDeviation[]): readonly string[] {
  return deviations.reduce(deviate, recorded);
}

function deviate(
  lines: readonly string[],
  { scenario, request, answers, endsHere }: KnownDeviation,
): readonly string[] {
  const at = lines.findIndex((line) => line.startsWith(request));
  if (at === -1)
    throw new Error(`the recording of "${scenario}" has no request "${request}": the deviation is out of date`);
  const next = lines.findIndex((line, index) => index > at && (REQUEST.test(line) || line.startsWith("zxid")));
  const recorded = lines.slice(at + 1, next);
  if (endsHere !== true && recorded.join() === answers.join()) {
    throw new Error(`"${request}" of "${scenario}" is answered as recorded: take the deviation off the list`);
  }
  return [...lines.slice(0, at + 1), ...answers, ...(endsHere === true ? [] : lines.slice(next))];
}
