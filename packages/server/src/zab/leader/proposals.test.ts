import { expect, it } from "vitest";
import { record, zxid } from "../../../test-support/zab/zab-text.js";
import { ZxidHistory } from "../sync/zxid-history.js";
import { Proposals } from "./proposals.js";

it("counts no proposal as applied that is not committed", () => {
  const proposals = new Proposals(new ZxidHistory(0n, []));
  for (const at of ["1:1", "1:2"]) proposals.add(record(at));
  proposals.commitTo(zxid("1:1"));
  proposals.applyTo(zxid("1:2"));
  expect([proposals.applied, proposals.isOutstanding]).toStrictEqual([zxid("1:1"), true]);
  expect(proposals.inFlightAfter(0n)).toStrictEqual([{ record: record("1:2"), isCommitted: false }]);
});
