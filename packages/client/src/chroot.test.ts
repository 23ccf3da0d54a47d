import { expect, it } from "vitest";
import { Chroot } from "./chroot.js";

it("is put before what is sent and taken off what is told", () => {
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

it("keeps a numbered child of its root below it", () => {
  expect(new Chroot("/app").toServerPrefix("/")).toBe("/app/");
  expect(new Chroot("").toServerPrefix("/")).toBe("/");
});

it("does not take a name for its own that only starts like it", () => {
  expect(new Chroot("/app").toCaller("/apple")).toBe("/apple");
});

it("changes nothing where there is none", () => {
  const none = new Chroot("");
  expect([none.toServer("/"), none.toServer("/a"), none.toCaller("/a")]).toEqual(["/", "/a", "/a"]);
});
