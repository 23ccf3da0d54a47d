import { describeSeeds } from "./describe-seeds.ts";

describeSeeds(1500, 500);
