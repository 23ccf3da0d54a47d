export { GrantLostError, type Leadership } from "@conclave/recipes";
export { type LeadJobsOptions, leadJobs } from "./lead-jobs.js";
