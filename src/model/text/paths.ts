/** An absolute path without `.`, `..` and repeated slashes. A relative path starts from `base`, which is absolute. */
export function absolutePath(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${base}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** An absolute path relative to a directory; `undefined` if it does not lie in there. */
export function pathInside(directory: string, path: string): string | undefined {
  const start = directory.endsWith("/") ? directory : `${directory}/`;
  if (`${path}/` === start || path === directory) return "";
  return path.startsWith(start) ? path.slice(start.length) : undefined;
}
