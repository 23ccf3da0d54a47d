import { simulateSoon } from "./simulate.ts";
const [first = "0", count = "1", verbose] = process.argv.slice(2);
const t0 = process.cpuUsage();
let failures = 0, faults = 0, events = 0, virtual = 0, committed = 0;
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const onLine = verbose === undefined ? undefined : (t: number, s: string, x: string) => console.log(t.toFixed(2).padStart(10), s.padEnd(10), x);
  try {
    const r = await simulateSoon({ seed, onLine });
    faults += Object.values(r.faults).reduce((a, b) => a + b, 0); events += r.events; virtual += r.virtualMs; committed += r.committed;
    if (count === "1") console.log(r);
  } catch (error) { failures++; console.log(seed, count === "1" ? error : (error as Error).message); if (failures > 20) break; }
}
const { user, system } = process.cpuUsage(t0);
console.log({ failures, cpuSeconds: (user + system) / 1e6, faults, events, virtual, committed });
