/* Runs before each test file: random tests try the same values for each mutant, and stop at the first failure. */
import fc from "fast-check";

fc.configureGlobal({ seed: 20_261_130, endOnFailure: true });
