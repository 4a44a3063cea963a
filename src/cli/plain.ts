/** What somebody else wrote must not steer the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
export const plain = (text: string): string => text.replaceAll(/[\u0000-\u0008\u000A-\u001F\u007F-\u009F]/g, " ");
