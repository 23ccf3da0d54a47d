package conclave;

import java.util.List;

/** One recipe, used by one participant. */
interface Recipe {
  /** Runs the verb, blocks until it is done, and returns its values. Throws the exceptions of Curator. */
  List<?> call(String verb, List<String> arguments) throws Exception;

  static IllegalArgumentException unknown(String verb) {
    return new IllegalArgumentException("unknown verb: " + verb);
  }
}
