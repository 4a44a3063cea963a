import { visible } from "../model/visible.ts";

/** What somebody else wrote, in one line, without what would steer the terminal. */
export const plain = (text: string): string => visible(text).replaceAll("\n", " ");
