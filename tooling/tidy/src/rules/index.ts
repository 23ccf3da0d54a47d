import type { Rule } from "../rule.ts";
import { adaptersSeeRecipes } from "./adapters-see-recipes.ts";
import { documentedExports } from "./documented-exports.ts";
import { entryLists } from "./entry-lists.ts";
import { exact64Bit } from "./exact-64-bit.ts";
import { grantSignals } from "./grant-signals.ts";
import { layers } from "./layers.ts";
import { noDumpingGrounds } from "./no-dumping-grounds.ts";
import { noMarkers } from "./no-markers.ts";
import { noOwnTimeouts } from "./no-own-timeouts.ts";
import { noTestSupport } from "./no-test-support.ts";
import { oneWayFolders } from "./one-way-folders.ts";
import { operationFiles } from "./operation-files.ts";
import { ownFolder } from "./own-folder.ts";
import { ownershipFlags } from "./ownership-flags.ts";
import { publicEntries } from "./public-entries.ts";
import { pureCode } from "./pure-code.ts";
import { pureFolders } from "./pure-folders.ts";
import { recipesSeeInterface } from "./recipes-see-interface.ts";
import { silentLibraries } from "./silent-libraries.ts";
import { socketHandlers } from "./socket-handlers.ts";
import { statelessAdapters } from "./stateless-adapters.ts";
import { testsBesideSources } from "./tests-beside-sources.ts";
import { wholeSuite } from "./whole-suite.ts";

/** Every rule, in the order of the invariants in ARCHITECTURE.md; then style. */
export const RULES: readonly Rule[] = [
  layers,
  publicEntries,
  ownFolder,
  oneWayFolders,
  operationFiles,
  pureCode,
  pureFolders,
  recipesSeeInterface,
  adaptersSeeRecipes,
  statelessAdapters,
  socketHandlers,
  ownershipFlags,
  grantSignals,
  exact64Bit,
  silentLibraries,
  entryLists,
  documentedExports,
  noDumpingGrounds,
  testsBesideSources,
  noTestSupport,
  wholeSuite,
  noOwnTimeouts,
  noMarkers,
];
