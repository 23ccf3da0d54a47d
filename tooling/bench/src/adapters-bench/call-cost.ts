/** Something that is called over and over: a method, or the guard in front of a route. */
export interface Subject {
  readonly name: string;
  /** Whether each call goes to the server: such ones are called less often. */
  readonly asks: boolean;
  call(): unknown;
}

/** What a call of each subject took in one round, in microseconds. */
export interface CallCosts {
  readonly type: "measured";
  readonly us: Readonly<Record<string, number>>;
}

export interface CallCounts {
  readonly calls: number;
  readonly askingCalls: number;
}

/** Calls the subjects in turn, one call after the other, awaited. A first turn warms up and is not counted. */
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
