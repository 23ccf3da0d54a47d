package conclave;

import java.util.List;

/** What a process has of a recipe. */
interface Part {
  /** Does it, however long it takes. Throws what Curator throws. */
  List<?> call(String verb, List<String> arguments) throws Exception;

  static IllegalArgumentException unknown(String verb) {
    return new IllegalArgumentException("there is no verb " + verb);
  }
}
