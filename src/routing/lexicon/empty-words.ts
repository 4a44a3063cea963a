/** Words that name no thing to work on: verbs of any work, pronouns, words of praise, and what people say to be polite. */
export const EMPTY_WORDS = new Set(
  `do does doing did make made get go going ahead start begin continue proceed run execute carry try finish complete build implement fix repair solve
  improve enhance optimize polish change update handle work works working it its it's this that these those them they thing things something anything
  everything all stuff one ones same again as is are be i me my we us our you your want wanted need needs would like love to a an the of for with on up
  out and or but so then now just only really very much more bit little better best nice nicer good great perfect right properly correctly well awesome
  please pls plz kindly thanks thank yes yeah yep ok okay sure no hi hello hey can could should will let let's lets help here there next step
  mach mache es das alles bitte besser jetzt los weiter hazlo haz lo eso todo mejor por favor fais-le fais ca cela mieux tout stp faca isso tudo melhor
  fallo meglio tutto doe dit het beter zrob to lepiej сделай это лучше`.split(/\s+/),
);
