package conclave;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.nodes.GroupMember;

/** A member of a group, from when it is made. */
final class Member implements Part {
  private final GroupMember member;

  Member(CuratorFramework client, String path, String id, String payload) {
    member = new GroupMember(client, path, id, payload.getBytes(StandardCharsets.UTF_8));
    member.start();
  }

  @Override
  public List<?> call(String verb, List<String> arguments) {
    switch (verb) {
      case "members":
        return member.getCurrentMembers().entrySet().stream()
            .map(each -> each.getKey() + "=" + new String(each.getValue(), StandardCharsets.UTF_8)).sorted().toList();
      case "say":
        member.setThisData(arguments.get(0).getBytes(StandardCharsets.UTF_8));
        return List.of();
      case "leave":
        member.close();
        return List.of();
      default:
        throw Part.unknown(verb);
    }
  }
}
