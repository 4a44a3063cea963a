import { damage } from "./damage.mjs";
import { detached } from "./detached.mjs";
import { directories } from "./directories.mjs";
import { frozen } from "./frozen.mjs";
import { kills } from "./kills.mjs";
import { lines } from "./lines.mjs";
import { outputs } from "./outputs.mjs";
import { paths } from "./paths.mjs";
import { shipped } from "./shipped.mjs";
import { shortSteps } from "./short-steps.mjs";
import { soak } from "./soak.mjs";
import { suite } from "./suite.mjs";
import { umask } from "./umask.mjs";

/**
 * The scenarios with their shares of the time. A scenario ends when its time is over, or when it has tried everything.
 * Scenarios of a fixed size come first, because the later ones share the time that they leave or exceed.
 */
export const SCENARIOS = [
  { name: "hand", tried: "a journal damaged by hand", share: 1, attack: damage("hand") },
  { name: "umask", tried: "permissions of files that Baton creates under umask 000", share: 1, attack: umask },
  { name: "paths", tried: "odd paths of projects and of their state", share: 2, attack: paths },
  { name: "directories", tried: "odd run directories", share: 1, attack: directories },
  { name: "shipped", tried: "repositories that ship a state directory", share: 1, attack: shipped },
  { name: "outputs", tried: "1 GB of output", share: 2, attack: outputs },
  { name: "truncated", tried: "a journal cut at every byte", share: 6, attack: damage("cut") },
  { name: "flipped", tried: "bits of a journal flipped", share: 2, attack: damage("flip") },
  { name: "hostile", tried: "the corpus of test/hostile", share: 5, attack: suite("test/hostile") },
  { name: "boundaries", tried: "kills at every write, in every place", share: 15, attack: suite("test/crash", true) },
  { name: "detached", tried: "detached owners killed at random", share: 6, attack: detached },
  { name: "kills", tried: "one server, killed at random with and without its group", share: 5, attack: kills("one") },
  { name: "two", tried: "two servers on one state, one killed at random", share: 3, attack: kills("two") },
  { name: "frozen", tried: "owners frozen until another server takes over, then woken", share: 3, attack: frozen },
  { name: "lines", tried: "odd lines and messages to a server, up to 5 MB", share: 2, attack: lines },
  { name: "short", tried: "thousands of short steps beside another server", share: 2, attack: shortSteps },
  { name: "soak", tried: "small runs, one after another, in one server", share: 6, attack: soak },
];
