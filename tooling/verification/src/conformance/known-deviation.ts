/** An answer in which a server differs from the recording on purpose. */
export interface KnownDeviation {
  /** Reason for the difference. */
  readonly reason: string;
  /** Group and scenario: `watch hidden`. */
  readonly scenario: string;
  /** Begin of the line of the request, unique in the scenario: `A > 4 exists`. */
  readonly request: string;
  /** Lines that replace the recorded ones, up to the next request. */
  readonly answers: readonly string[];
  /**
   * True if the transcript ends with these lines, because the connection ends here.
   * @default false
   */
  readonly endsHere?: boolean | undefined;
}

const REQUEST = /^\w > /;

/**
 * Returns the recorded lines with the deviations applied. Throws if the request of a deviation is missing, or its answers equal
 * the recorded ones.
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
    throw new Error(`"${request}" of "${scenario}" is answered as recorded: remove the deviation from the list`);
  }
  return [...lines.slice(0, at + 1), ...answers, ...(endsHere === true ? [] : lines.slice(next))];
}
