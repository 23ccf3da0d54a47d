import { runServiceRegistryContract } from "@conclave/verification/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("ServiceRegistry", runServiceRegistryContract);
