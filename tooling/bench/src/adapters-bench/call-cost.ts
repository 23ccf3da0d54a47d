/** Something that is called repeatedly: a method, or the guard of a route. */
export interface Subject {
  readonly name: string;
  /** True if each call is a request to the server; such a subject is called fewer times. */
  readonly asks: boolean;
  call(): unknown;
}

/** Microseconds per call of each subject in one round. */
export interface CallCosts {
  readonly type: "measured";
  readonly us: Readonly<Record<string, number>>;
}

export interface CallCounts {
  readonly calls: number;
  readonly askingCalls: number;
}

/** Calls each subject in a loop, and awaits each call. A first pass warms up and is not counted. */
export async function measureCalls(subjects: readonly Subject[], counts: CallCounts): Promise<CallCosts> {
  const us: Record<string, number> = {};
  for (let turn = 0; turn < 2; turn++) {
    for (const subject of subjects) {
      us[subject.name] = await timeCalls(subject, subject.asks ? counts.askingCalls : counts.calls);
    }
  }
  return { type: "measured", us };
}

async function timeCalls(subject: Subject, count: number): Promise<number> {
  const startedAt = performance.now();
  for (let index = 0; index < count; index++) await subject.call();
  return ((performance.now() - startedAt) * 1000) / count;
}
