import { damage } from "./damage.mjs";
import { frozen } from "./frozen.mjs";
import { kills } from "./kills.mjs";
import { lines } from "./lines.mjs";
import { outputs } from "./outputs.mjs";
import { shipped } from "./shipped.mjs";
import { shortSteps } from "./short-steps.mjs";
import { suite } from "./suite.mjs";

/** Each scenario with its share of the time. It ends when its time is over, or when there is nothing left to try. */
export const SCENARIOS = [
  { name: "kills", tried: "one server, killed at random with and without its group", share: 4, attack: kills("one") },
  { name: "two", tried: "two servers on one state, one killed at random", share: 3, attack: kills("two") },
  { name: "detached", tried: "detached owners killed at random", share: 4, attack: kills("detached") },
  { name: "frozen", tried: "owners frozen until others take over, and thawed", share: 3, attack: frozen },
  { name: "truncated", tried: "journal cut at every byte", share: 2, attack: damage("cut") },
  { name: "flipped", tried: "bits of a journal flipped", share: 2, attack: damage("flip") },
  { name: "lines", tried: "odd lines and messages to a server, up to 5 MB", share: 2, attack: lines },
  { name: "short", tried: "short steps by the thousand beside another server", share: 2, attack: shortSteps },
  { name: "outputs", tried: "1 GB of output", share: 1, attack: outputs },
  { name: "shipped", tried: "repositories that ship a state directory", share: 1, attack: shipped },
  { name: "hostile", tried: "the corpus of test/hostile", share: 4, attack: suite("test/hostile") },
  { name: "boundaries", tried: "kills at every write, in every place", share: 6, attack: suite("test/crash", true) },
];
