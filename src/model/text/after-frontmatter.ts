/** The text of a file behind its frontmatter, without blank lines around it. A file without one is all text. */
export function afterFrontmatter(text: string): string {
  const content = text.replace(/^\uFEFF/, "");
  const opening = /^---[ \t]*\r?\n/.exec(content);
  const closing = opening && /\n---[ \t]*(?:\r?\n|$)/.exec(content.slice(opening[0].length - 1));
  const body = closing ? content.slice(opening[0].length - 1 + closing.index + closing[0].length) : content;
  return body.trim();
}
