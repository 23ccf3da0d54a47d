package bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;

/** Time and CPU, of all threads of the process, since it was made. */
final class Usage {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final long startedAt = System.nanoTime();
  private final long cpuBefore = SYSTEM.getProcessCpuTime();

  /** What so many of something took. */
  Map<String, ? extends Number> until(long count) {
    return Map.of(
        "count", count,
        "ms", (System.nanoTime() - startedAt) / 1e6,
        "cpuUs", (SYSTEM.getProcessCpuTime() - cpuBefore) / 1e3);
  }
}
