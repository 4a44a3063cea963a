/** How long such work may take in one turn, in milliseconds. */
const LONGEST = 10;

/**
 * Work that comes by the thousand, a little in every turn of the event loop, in the order in which it came: timers and calls have theirs in
 * between. As long as there is little, it is done at once. Without a limit, commands that end faster than others begin keep the loop in one
 * of its phases for as long as there are any.
 */
export function inTurns(elapsed: () => number): (work: () => void) => void {
  const waiting: (() => void)[] = [];
  let spent = 0;
  let turning = false;
  let busy = false;
  const perform = (work: () => void) => {
    const began = elapsed();
    busy = true;
    try {
      work();
    } finally {
      busy = false;
      spent += elapsed() - began;
    }
  };
  const turn = () => {
    spent = 0;
    try {
      for (let work = waiting.shift(); work; work = spent < LONGEST ? waiting.shift() : undefined) perform(work);
    } finally {
      turning = spent > 0 || waiting.length > 0;
      if (turning) setImmediate(turn);
    }
  };
  return (work) => {
    if (!turning) setImmediate(turn);
    turning = true;
    // What comes of such work has its turn after it.
    if (!busy && waiting.length === 0 && spent < LONGEST) perform(work);
    else waiting.push(work);
  };
}
