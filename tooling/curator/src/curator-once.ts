import { type Availability, type Curator, prepareCurator } from "@conclave/services";

let prepared: Promise<Availability<Curator>> | undefined;

/** `prepareCurator`, once for this process; says on standard error what is installed. */
export const curatorOnce = (): Promise<Availability<Curator>> => {
  prepared ??= prepareCurator({ progress: (what) => console.error(`… ${what}`) });
  return prepared;
};
