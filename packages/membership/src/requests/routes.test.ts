import { expect, it } from "vitest";
import { ClusterNode } from "../node/cluster-node.js";
import { attend } from "./admission.js";

const node = new ClusterNode({ servers: "127.0.0.1:1", group: "g" });

const headersOf = (httpVersion: string): Headers => {
  const request = { method: "HEAD", target: "/cluster/stream", httpVersion, headers: {} } as never;
  return attend(node, request, "/cluster/stream").answer!.headers;
};

it("the event stream closes its connection over HTTP/1, and has no connection field over HTTP/2", () => {
  expect(headersOf("1.1").get("connection")).toBe("close");
  expect(headersOf("2.0").get("connection")).toBeNull();
});
