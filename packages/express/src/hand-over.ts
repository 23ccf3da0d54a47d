import { type Admission, writeResponse } from "@conclave/membership";
import type { NextFunction, Response } from "express";

/** Answers, or hands over to the next handler; what fails goes to the app's own error handler. */
export function handOver(admission: Promise<Admission>, response: Response, next: NextFunction): void {
  const go = async ({ headers, answer }: Admission): Promise<void> => {
    response.set(headers);
    if (answer === undefined) next();
    else await writeResponse(response, answer);
  };
  admission.then(go).catch(next);
}
