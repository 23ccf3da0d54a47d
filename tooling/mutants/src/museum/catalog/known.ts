/**
 * Ids of the known bugs of replication in Apache ZooKeeper: synchronization, truncation, epochs and elections, reconfiguration.
 * Each is in an exhibit, or in the list of those that need none.
 */
export const KNOWN_BUGS: readonly string[] = [
  "3911 3023 4394 4643 4646 4685 4785 4712 4541 4502 4409 4925 4882 3642 2845 3104 3589 962 882 1551 1282 1264 1324 790",
  "1558 335 1081 3598 4537 2678",
  "2418 3526 4352 1154 1156 1489 3701 1319 1412",
  "2307 4269 2354 1387 1343 1277 2789 4883 4870 1514 1419 1732 1805 975 1294 261 3537 3769 2186 4787 3720 3188 4886 2164",
  "3756 3320 2201 3531 4203 2380",
  "2172 2212 2080 1699 1783 2819 3829 3830 3814 3842 1807 1840",
].flatMap((line) => line.split(" "));
