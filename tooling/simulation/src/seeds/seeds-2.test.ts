import { describeSeeds } from "./describe-seeds.ts";

describeSeeds(500, 500);
