/** What callers say before another task: alternatives of a pattern, the longest first. */
export const NEXT_WORDS =
  `also, plus, besides, besides that, apart from that, additionally, in addition, separately, unrelated, unrelated to that, unrelated to this,
  independent of that, independently of that, different topic, totally different topic, on a different note, as well as, n maybe, aslo, on top of that,
  while you're there, while you're in there, while you're at it, while you are there, while you are at it, while we're at it, secondly, thirdly, finally,
  lastly, außerdem, ausserdem, zusätzlich, sowie, und wo du schon dabei bist, zweitens, drittens, ach ja, en plus, par ailleurs, ensuite, aussi, además,
  también, de paso, além disso, também, inoltre, daarnaast, ook, ponadto, oraz, a przy okazji, dessutom, też, także, ещё, еще, а ещё, bir de, ayrıca, hem de`
    .split(",")
    .map((words) => words.trim().replace(/\s+/g, "\\s+"))
    .sort((one, other) => other.length - one.length)
    .join("|");
