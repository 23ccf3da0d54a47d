import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Least important messages that are logged. */
export type LogLevel = "INFO" | "WARN";

/** Class that synchronizes a learner. It mentions some of its decisions at the level DEBUG only. */
const SYNCHRONIZER = "org.apache.zookeeper.server.quorum.LearnerHandler";

/** Settings of log4j 1.2, which Debian's build uses; releases from 3.8 on use logback. */
const log4j = (level: LogLevel): string => `log4j.rootLogger=${level}, CONSOLE
log4j.logger.${SYNCHRONIZER}=${level === "INFO" ? "DEBUG" : level}
log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender
log4j.appender.CONSOLE.target=System.err
log4j.appender.CONSOLE.layout=org.apache.log4j.PatternLayout
log4j.appender.CONSOLE.layout.ConversionPattern=%d{ABSOLUTE} %-5p %c{1} - %m%n
`;
const logback = (level: LogLevel): string => `<configuration>
  <appender name="CONSOLE" class="ch.qos.logback.core.ConsoleAppender">
    <target>System.err</target>
    <encoder><pattern>%d{HH:mm:ss.SSS} %-5level %logger{0} - %msg%n</pattern></encoder>
  </appender>
  <logger name="${SYNCHRONIZER}" level="${level === "INFO" ? "DEBUG" : level}"/>
  <root level="${level}"><appender-ref ref="CONSOLE" /></root>
</configuration>
`;

/** Writes log settings into `folder`: messages of this level and above, to standard error. */
export const writeLogSettings = async (folder: string, level: LogLevel = "WARN"): Promise<void> => {
  await writeFile(join(folder, "log4j.properties"), log4j(level));
  await writeFile(join(folder, "logback.xml"), logback(level));
};

/** Returns the arguments of `java` for a program that uses ZooKeeper's classes, set for a small heap and a quick start. */
export const javaArgs = (
  classpath: readonly string[],
  logFolder: string,
  mainClass: string,
  jvmArgs: readonly string[] = [],
): readonly string[] => [
  "-Xms64m",
  // The server holds about five copies of a reply. Several replies of 17 MB must fit at the same time, because test files share
  // a server, and a server that runs out of memory in the middle of a reply hangs.
  "-Xmx512m",
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-XX:-UsePerfData",
  "-Djava.net.preferIPv4Stack=true",
  // Java 17 takes the charset from the locale, and ZooKeeper's digest of a non-ASCII path depends on the charset.
  "-Dfile.encoding=UTF-8",
  `-Dlog4j.configuration=file:${join(logFolder, "log4j.properties")}`,
  `-Dlogback.configurationFile=${join(logFolder, "logback.xml")}`,
  "-Dzookeeper.jmx.log4j.disable=true",
  ...jvmArgs,
  "-cp",
  classpath.join(":"),
  mainClass,
];
