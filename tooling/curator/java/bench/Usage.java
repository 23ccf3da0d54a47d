package bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;

/** Elapsed time, and CPU time of all threads of the process, since construction. */
final class Usage {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final long startedAt = System.nanoTime();
  private final long cpuBefore = SYSTEM.getProcessCpuTime();

  /** Returns the elapsed time and the CPU time, with the number of operations. */
  Map<String, ? extends Number> until(long count) {
    return Map.of(
        "count", count,
        "ms", (System.nanoTime() - startedAt) / 1e6,
        "cpuUs", (SYSTEM.getProcessCpuTime() - cpuBefore) / 1e3);
  }
}
