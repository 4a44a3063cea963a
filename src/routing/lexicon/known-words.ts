/** A clause with one of these words first tells of something known, and asks for nothing. */
export const KNOWN: ReadonlySet<string> = new Set(
  `the a an our my this that these those i we it in on at when if after there as some for with and to is are was der die das ein eine unser unsere
  mein wir ich es im bei wenn le la les un une notre mon nous je il quand el los las una nuestro mi cuando o os as um uma nosso meu quando lo gli`.split(
    /\s+/,
  ),
);

/** A clause with one of these words first goes on about what was said before. */
export const BACK_WORDS: ReadonlySet<string> = new Set(
  `it they he she this that so because since otherwise users es sie dann damit elle ils cela eso ele isso should must can`.split(
    " ",
  ),
);
