/** A sentence that begins so greets before it says what is wanted. */
export const GREETS = /^(?:hi|hello|hey|hallo|hola|bonjour|ciao)\b/i;
/** A sentence that begins so only says that tasks come. */
export const INTRODUCES =
  /^(?:hi|hello|hey|hallo|hola|bonjour|ciao|thanks?|thank you|please take care|please do|do (?:all|these|them)|that's (?:all|it)|things? (?:i|we)|two|three|four|five|a few|some|several|couple|dos|tres|deux|trois|zwei|drei|duas|due|tre|twee|here(?:'s| is| are)|list|todo|to-?dos?|notes?|collected|i (?:collected|noticed|made)|from (?:the|yesterday|monday|today))\b/i;
/** A clause that begins so belongs to the one before. */
export const LEANS =
  /^(?:which|who|whose|that|because|since|so|but|or|where|when|if|unless|until|then it|it|they|this|these|not|no longer|instead|except|like|such as|e\.?g\.?|i\.?e\.?|incl|including|with|without|for|from|to|in|on|at|by|as|than|dass|weil|damit|aber|oder|wenn|que|qui|pero|porque|mais|parce|car|che|ma|ale|bo|że|но|что)\b/iu;
