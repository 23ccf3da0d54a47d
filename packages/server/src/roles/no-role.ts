import type { Role } from "./role.js";

function unavailable(): never {
  throw new Error("this server serves no clients now");
}

/** Role of a member of an ensemble while it has no leader. No client is connected, so nothing is asked of it. */
export const noRole: Role = Object.freeze({
  ...{ mode: "looking", outstanding: 0, quotaRefusals: 0 },
  sessions: Object.freeze({
    ...{ size: 0, byExpiry: () => [], touch() {}, refusalOf: () => undefined, markClosing() {} },
    ...{ passwordOf: unavailable, attach: () => undefined, detach() {} },
  }),
  ...{ submit: unavailable, closeSession: unavailable, sync: unavailable },
  ...{ openSession: unavailable, resumeSession: unavailable },
  ...{ tick() {}, start() {}, stop() {}, drain: async () => {} },
});
