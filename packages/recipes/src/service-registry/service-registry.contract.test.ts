import { runServiceRegistryContract } from "@conclave/testing/contracts";
import { describeOnEachEnsemble } from "@conclave/vitest";

describeOnEachEnsemble("ServiceRegistry", runServiceRegistryContract);
