package conclave;

import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.UriSpec;

/** ServiceDiscovery with instances whose payload is an object of a Java class. */
final class ServicesRecipe implements Recipe {
  private final ServiceDiscovery<Zone> discovery;

  ServicesRecipe(CuratorFramework client, String path) throws Exception {
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
        return discovery.queryForInstances(arguments.get(0)).stream().map(ServicesRecipe::described).sorted().toList();
      default:
        throw Recipe.unknown(verb);
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

  /** Payload of an instance. */
  public static final class Zone {
    public String zone;

    public Zone() {}

    Zone(String zone) {
      this.zone = zone;
    }
  }
}
