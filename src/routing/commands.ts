import type { Parameter } from "../model/workflow.ts";
import type { Text } from "./finding.ts";
import { meaningOf } from "./glossary.ts";
import { nameWords } from "./names.ts";
import type { Token } from "./recognise.ts";
import { fold, stem, topicOf, wordsIn } from "./words.ts";

/** "… as extract", "… to prepare", "… for training": said after a command, it is its own. */
const CALLED = /^\s*(?:as|for|to|als|zum|zur|für|pour|comme|como|para|per|come)\s+(?:the\s+)?([\p{L}-]+)/iu;

/** Commands stand as code. Which is whose, the words before each say, or what it is called after it; other words after it help. */
export function commandsIn({ text, literals }: Text, parameters: readonly Parameter[]): [string, string][] {
  const commands = parameters.filter(
    ({ type, description }) => type === "string" && /\bcommand\b/i.test(description ?? ""),
  );
  const code = literals.filter(({ at, text: literal }) => text[at] === "`" || /\s|^\.\//.test(literal));
  const endOf = ({ at, text: literal }: Token) => at + literal.length + (text.startsWith(literal, at) ? 0 : 2);
  const called = code.map((literal) => CALLED.exec(text.slice(endOf(literal))));
  const claims = code.flatMap((literal, nth) => {
    const previous = code[nth - 1];
    const from = previous ? endOf(previous) + (called[nth - 1]?.[0].length ?? 0) : 0;
    const own = wordsIn(fold(called[nth]?.[1] ?? ""));
    const before = fold(text.slice(from, literal.at))
      .split(/[.;!?]\s|,/)
      .at(-1)!;
    const words = wordsIn(before).slice(-7);
    const behind = topicOf(
      text.slice(literal.at + literal.text.length + 2, code[nth + 1]?.at ?? text.length).split(/[.;,]\s/)[0]!,
    );
    return commands.map(({ name, description }) => {
      const roots = nameWords(name).map(stem);
      const last = words.at(-1) ?? words.at(-2);
      const named = roots.some((root) => words.some(({ stem: other }) => other === root))
        ? 4
        : roots.some((root) => meaningOf(root, words, before) !== undefined)
          ? 3
          : 0;
      const told = own.some(({ stem: other, text: word }) =>
        roots.some((root) => other === root || (root.length > 3 && word.startsWith(root))),
      );
      const closest = last && roots.includes(last.stem) ? 1 : 0;
      const topic = topicOf(description ?? "");
      const alike = [...behind, ...topicOf(before)].filter((word) => topic.has(word)).length;
      const inside = roots.some((root) => fold(literal.text).includes(root)) ? 1.5 : 0;
      return { name, literal, score: named + closest + inside + Math.min(2, alike) * 0.6 + (told ? 6 : 0) };
    });
  });
  const given = new Map<string, string>();
  const taken = new Set<Token>();
  for (const { name, literal, score } of claims.sort((one, other) => other.score - one.score)) {
    if (score < 1 || given.has(name) || taken.has(literal)) continue;
    given.set(name, literal.text);
    taken.add(literal);
  }
  const rest = code.filter((literal) => !taken.has(literal));
  const open = commands.filter(({ name, required }) => required && !given.has(name));
  if (rest.length > 0 && rest.length === open.length)
    for (const [at, { name }] of open.entries()) given.set(name, rest[at]!.text);
  return [...given];
}
