package conclave;

import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.UriSpec;

/** A ServiceDiscovery whose instances have a class as their payload. */
final class Services implements Part {
  private final ServiceDiscovery<Zone> discovery;

  Services(CuratorFramework client, String path) throws Exception {
    discovery = ServiceDiscoveryBuilder.builder(Zone.class).client(client).basePath(path).build();
    discovery.start();
  }

  @Override
  public List<?> call(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "register":
        discovery.registerService(instance(arguments));
        return List.of();
      case "unregister":
        discovery.unregisterService(instance(arguments));
        return List.of();
      case "names":
        return discovery.queryForNames().stream().sorted().toList();
      case "instances":
        return discovery.queryForInstances(arguments.get(0)).stream().map(Services::described).sorted().toList();
      default:
        throw Part.unknown(verb);
    }
  }

  private static ServiceInstance<Zone> instance(List<String> arguments) throws Exception {
    return ServiceInstance.<Zone>builder()
        .name(arguments.get(0))
        .id(arguments.get(1))
        .address(arguments.get(2))
        .port(Integer.parseInt(arguments.get(3)))
        .uriSpec(new UriSpec("{scheme}://{address}:{port}/v1"))
        .payload(new Zone(arguments.get(4)))
        .build();
  }

  private static String described(ServiceInstance<Zone> instance) {
    return instance.getId() + " " + instance.buildUriSpec() + " " + instance.getPayload().zone + " " + instance.isEnabled();
  }

  /** What an instance says of itself. */
  public static final class Zone {
    public String zone;

    public Zone() {}

    Zone(String zone) {
      this.zone = zone;
    }
  }
}
