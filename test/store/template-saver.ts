import { fileTemplates } from "../../src/store/file/templates.ts";

/**
 * Saves the versions `<prefix>.0`, `<prefix>.1`, … in order, and prints which it got. Ends after a number of them, or
 * is killed.
 */
const [state, prefix, count] = process.argv.slice(2);
const saved = fileTemplates(state!, Date.now, () => {});
const text = `steps: [{ id: a, command: "echo ${"x".repeat(20_000)}" }]\n`;
for (let i = 0; i < Number(count); i++) {
  const version = `${prefix}.${i}`;
  const mine = saved.save({
    name: "etl",
    version,
    text: `# ${process.pid}\n${text}`,
    savedAt: new Date().toISOString(),
  });
  process.stdout.write(`${mine ? "mine" : "taken"} ${version} ${process.pid}\n`);
}
