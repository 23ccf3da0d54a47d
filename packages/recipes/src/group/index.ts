export type { Unreadable, UnreadableSettings } from "../watching/read-children.js";
export { Group, type GroupOptions, type JoinOptions } from "./group.js";
export type { GroupEvent, GroupView } from "./group-view.js";
export type { Member } from "./member.js";
export type { Membership } from "./membership.js";
