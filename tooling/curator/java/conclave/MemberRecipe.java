package conclave;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.nodes.GroupMember;

/** GroupMember. It joins when it is constructed. */
final class MemberRecipe implements Recipe {
  private final GroupMember member;

  MemberRecipe(CuratorFramework client, String path, String id, String payload) {
    member = new GroupMember(client, path, id, payload.getBytes(StandardCharsets.UTF_8));
    member.start();
  }

  @Override
  public List<?> call(String verb, List<String> arguments) {
    switch (verb) {
      case "members":
        return member.getCurrentMembers().entrySet().stream()
            .map(each -> each.getKey() + "=" + new String(each.getValue(), StandardCharsets.UTF_8)).sorted().toList();
      case "update":
        member.setThisData(arguments.get(0).getBytes(StandardCharsets.UTF_8));
        return List.of();
      case "leave":
        member.close();
        return List.of();
      default:
        throw Recipe.unknown(verb);
    }
  }
}
