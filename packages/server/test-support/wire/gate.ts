/** A promise that a test settles. */
export class Gate<T> {
  resolve!: (value: T) => void;
  reject!: (cause: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}
