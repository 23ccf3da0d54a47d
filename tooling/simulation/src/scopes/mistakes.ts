/** Mistakes that can be planted in the model, to show that the invariants find them. */
export type Mistake =
  | "one copy is a majority"
  | "records are acknowledged before their flush"
  | "flushes keep nothing"
  | "epochs are not stored"
  | "truncations are left out"
  | "the current epoch is stored before the history";
