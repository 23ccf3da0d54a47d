import { describeSeeds } from "./describe-seeds.ts";

describeSeeds(1000, 500);
