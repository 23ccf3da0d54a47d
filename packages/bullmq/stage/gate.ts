/** Something that a test lets happen. */
export interface Gate<T> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

/** A gate that is closed. */
export function gate<T>(): Gate<T> {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
