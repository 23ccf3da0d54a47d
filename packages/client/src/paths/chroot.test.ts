import { expect, it } from "vitest";
import { Chroot } from "./chroot.js";

it("a chroot is added to sent paths and removed from received ones", () => {
  const chroot = new Chroot("/app");
  for (const [path, serverPath] of [
    ["/", "/app"],
    ["/a", "/app/a"],
    ["/app", "/app/app"],
  ] as const) {
    expect(chroot.toServer(path)).toBe(serverPath);
    expect(chroot.toCaller(serverPath)).toBe(path);
  }
});

it("a chroot keeps a numbered child of its root below it", () => {
  expect(new Chroot("/app").toServerPrefix("/")).toBe("/app/");
  expect(new Chroot("").toServerPrefix("/")).toBe("/");
});

it("a chroot does not match a name that only starts with it", () => {
  expect(new Chroot("/app").toCaller("/apple")).toBe("/apple");
});

it("paths are sent and received unchanged without a chroot", () => {
  const none = new Chroot("");
  expect([none.toServer("/"), none.toServer("/a"), none.toCaller("/a")]).toEqual(["/", "/a", "/a"]);
});
