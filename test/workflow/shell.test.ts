import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTemplate } from "../../src/workflow/expression/template.ts";
import { compileShell, environmentValueError } from "../../src/workflow/shell/shell.ts";
import { runs } from "../rig/rules/runs.ts";

function compile(text: string) {
  const template = parseTemplate(text);
  if (!template.ok) throw new Error(template.error.message);
  return compileShell(template.value);
}

function shellText(text: string): string {
  const shell = compile(text);
  if (!shell.ok) throw new Error(shell.error.map(({ message }) => message).join("\n"));
  return shell.value.text;
}

function refused(text: string): string[] {
  const shell = compile(text);
  return shell.ok ? [] : shell.error.map(({ message }) => message);
}

describe("compileShell puts a variable reference in place of a placeholder", () => {
  it.each([
    ["echo {{x}}", 'echo "${BATON_V1}"'],
    ["echo a{{x}}b", 'echo a"${BATON_V1}"b'],
    ['echo "hi {{x}}!"', 'echo "hi ${BATON_V1}!"'],
    ["echo 'hi {{x}}!'", `echo 'hi '"\${BATON_V1}"'!'`],
    ['echo "$(cat {{x}})"', 'echo "$(cat "${BATON_V1}")"'],
    [`echo "$(cat '{{x}}')"`, `echo "$(cat ''"\${BATON_V1}"'')"`],
    ['echo "a $(echo "b {{x}}") {{y}}"', 'echo "a $(echo "b ${BATON_V1}") ${BATON_V2}"'],
    ["echo \\' {{x}}", `echo \\' "\${BATON_V1}"`],
    ['echo "\\"{{x}}"', 'echo "\\"${BATON_V1}"'],
    ['echo "it\'s {{x}}"', 'echo "it\'s ${BATON_V1}"'],
    ["# don't\necho {{x}}", `# don't\necho "\${BATON_V1}"`],
    ["echo a#'{{x}}'", `echo a#''"\${BATON_V1}"''`],
    ["echo \"a\"#'{{x}}'", `echo "a"#''"\${BATON_V1}"''`],
    ["echo a\\\n#'{{x}}'", `echo a\\\n#''"\${BATON_V1}"''`],
    ["# {{x}}", '# "${BATON_V1}"'],
    ["echo ${HOME} {{x}}", 'echo ${HOME} "${BATON_V1}"'],
    ['echo "${A:-$(date)}" {{x}}', 'echo "${A:-$(date)}" "${BATON_V1}"'],
    ["echo ${A:-\"b}\"} ${B:-'}'} ${C:-\\}} {{x}}", 'echo ${A:-"b}"} ${B:-\'}\'} ${C:-\\}} "${BATON_V1}"'],
    ["echo `date \\` ` {{x}}", 'echo `date \\` ` "${BATON_V1}"'],
    ["echo $((1 + (2 * 3))) {{x}}", 'echo $((1 + (2 * 3))) "${BATON_V1}"'],
    ["(cd a && (ls)) {{x}}", '(cd a && (ls)) "${BATON_V1}"'],
    ["echo $(a $(b) (c)) {{x}}", 'echo $(a $(b) (c)) "${BATON_V1}"'],
    ["echo $'a' $\"b {{x}}\" $", "echo $'a' $\"b ${BATON_V1}\" $"],
    ["cat <<EOF\nit's\nEOF\necho {{x}}", 'cat <<EOF\nit\'s\nEOF\necho "${BATON_V1}"'],
    [
      "cat <<-'E' <<\"F\" # two\n\ta\n\tE\nb $(\nF\necho {{x}}",
      'cat <<-\'E\' <<"F" # two\n\ta\n\tE\nb $(\nF\necho "${BATON_V1}"',
    ],
    ["case $a in b) echo {{x}};; esac", 'case $a in b) echo "${BATON_V1}";; esac'],
    ["[[ -f a ]] && cat {{x}} < f", '[[ -f a ]] && cat "${BATON_V1}" < f'],
    ["a[0]={{x}}; ls [{{x}}]", 'a[0]="${BATON_V1}"; ls ["${BATON_V1}"]'],
    ["$(a # b\n) {{x}}", '$(a # b\n) "${BATON_V1}"'],
    ["echo ${{ a }} {{x}} \\{{b}}", 'echo ${{ a }} "${BATON_V1}" {{b}}'],
  ])("the shell text of %j", (text, expected) => expect(shellText(text)).toBe(expected));

  it("equal expressions share one BATON_V variable; numbering starts after the given count", () => {
    const template = parseTemplate("{{x}} {{y}} '{{x}}'");
    const shell = compileShell(template.ok ? template.value : [], 2);
    expect(shell).toEqual({
      ok: true,
      value: {
        text: `"\${BATON_V3}" "\${BATON_V4}" ''"\${BATON_V3}"''`,
        variables: new Map([
          ["BATON_V3", "x"],
          ["BATON_V4", "y"],
        ]),
      },
    });
  });
});

describe("compileShell refuses a placeholder at an unsafe place", () => {
  it.each([
    ["echo `cat {{x}}`", "inside backticks"],
    ['echo "`cat {{x}}`"', "inside backticks"],
    ["cat <<EOF\n{{x}}\nEOF", "inside a here-document"],
    ["cat <<'EOF'\na {{x}}", "inside a here-document"],
    [`${"echo $(".repeat(102)}{{x}}`, "after more than 100 quotes and substitutions inside each other"],
    ["cat <<{{x}}\n", "after a here-document whose end is not plain"],
    ["cat <<EOF{{x}}\n", "after a here-document whose end is not plain"],
    ["cat <<$E\n{{x}}", "after a here-document whose end is not plain"],
    ["$(cat <<E\nE\n) {{x}}", "after a here-document whose end is not plain"],
    ["cat <<E $(\nE\n) {{x}}", "after a here-document begun on a line that goes on in quotes or brackets"],
    ["cat <<E 'a\n' {{x}}", "after a here-document begun on a line that goes on in quotes or brackets"],
    ['cat <<E "a\n" {{x}}', "after a here-document begun on a line that goes on in quotes or brackets"],
    ['cat <<E "a\\\n" {{x}}', "after a here-document begun on a line that goes on in quotes or brackets"],
    ["cat <<E `a\n` {{x}}", "after a here-document begun on a line that goes on in quotes or brackets"],
    ["cat <<E\n$(\nE\n) {{x}}", "after a here-document with substitutions"],
    ["cat <<E\na\\\nE\n{{x}}", "after a here-document with substitutions"],
    ["cat <<< {{x}}", "after <<<"],
    ["echo $(( {{x}} + 1 ))", "inside arithmetic, which the shell evaluates"],
    ["(( {{x}} > 1 ))", "inside arithmetic, which the shell evaluates"],
    ["$(('a')) {{x}}", "after arithmetic that is not plain"],
    ["echo $[ 1 + {{x}} ]", "after $[…]"],
    ["echo $'{{x}}'", "after $'…'"],
    ["echo $'\\'' {{x}}", "after $'…'"],
    ["echo ${A:-{{x}}}", "inside ${…}"],
    ['echo "${A:-"b"}" {{x}}', "after quotes inside ${…}"],
    ["[[ {{x}} -gt 1 ]]", "inside [[ … ]], which evaluates numbers"],
    ["a[{{x}}]=1", "inside an array index, which the shell evaluates"],
    ["$(case a in a) echo {{x}};; esac)", "after a case inside $(…)"],
    ["$(a # it's\n) {{x}}", "after a comment inside $(…)"],
  ])("%j is refused", (text, where) => {
    expect(refused(text)).toEqual([`"{{ x }}" stands ${where}, where Baton cannot pass a value safely`]);
  });

  it("a refusal comes with a hint on what to write instead", () => {
    const shell = compile("echo `{{x}}` $((\n{{y}}))");
    expect(shell.ok ? [] : shell.error.map(({ hint }) => hint)).toEqual([
      "Write $(…) instead of backticks.",
      'Set a variable in "environment", and use that variable here instead.',
    ]);
  });

  it("environmentValueError refuses NUL characters, half surrogate pairs and values over 128 kB", () => {
    expect(environmentValueError("A", "a\ud800b")).toContain("half of a surrogate pair");
    expect(environmentValueError("A", "a\0b")).toBe("contains a NUL character, which cannot be passed to a process");
    expect(environmentValueError("A", "x".repeat(131_069))).toBeUndefined();
    expect(environmentValueError("A", "é".repeat(65_536))).toBe("is 131,072 bytes long; at most 128 kB can be passed");
  });
});

/** Shell texts that print the value in each context between two markers. */
const CONTEXTS = [
  "printf '<%s>' {{x}}",
  "printf '<%s>' \"{{x}}\"",
  "printf '<%s>' '{{x}}'",
  'printf "<%s>" "$(printf %s. {{x}})"',
  `printf "<%s>" "$(printf %s. '{{x}}')"`,
  'printf "<%s>" "$(printf %s. "{{x}}")"',
  "v={{x}}; printf '<%s>' \"$v\"",
  "# it's {{x}}\nprintf '<%s>' {{x}}",
  "cat <<'E' >/dev/null\n\"it's\nE\nprintf '<%s>' '{{x}}'",
  "case a in (a) printf '<%s>' {{x}};; esac",
  "printf '<%s>' \"${NOPE:-}{{x}}\"",
  "f() { printf '<%s>' \"$1\"; }; f {{x}}",
];

const HOSTILE = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        "\\",
        "`",
        "$(",
        ")",
        "${",
        "}",
        "$((",
        "\n",
        " ",
        "*",
        "~",
        "-n",
        "--",
        "#",
        ";",
        "&",
        "|",
      ),
      fc.constantFrom(
        "$HOME",
        "$(id)",
        "`id`",
        "\u2028",
        "\u0085",
        "é",
        "😀",
        "{{x}}",
        "%s",
        "!",
        "\t",
        "\r",
        "EOF\n",
        "\x01",
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => Buffer.from(pieces.join("").replaceAll("\0", "")).toString());

function run(text: string, env: Record<string, string>): string {
  const { stdout, stderr, status } = spawnSync("/bin/sh", ["-c", text], { env: { PATH: process.env.PATH, ...env } });
  if (status !== 0) throw new Error(`${text}\n${stderr}`);
  return stdout.toString("utf8");
}

describe("values in a real shell", () => {
  it("hostile values arrive as the same bytes in every context", () => {
    fc.assert(
      fc.property(HOSTILE, fc.constantFrom(...CONTEXTS), (value, context) => {
        // A dot keeps $(…) from trimming trailing line breaks.
        const expected = context.includes("%s.") ? `<${value}.>` : `<${value}>`;
        expect(run(shellText(context), { BATON_V1: value })).toBe(expected);
      }),
      { numRuns: runs(250) },
    );
  });

  it("a value that looks like an option, or is empty, arrives as one argument", () => {
    for (const value of ["-rf", "", " ", "--help", "-e"]) {
      for (const context of CONTEXTS) {
        const expected = context.includes("%s.") ? `<${value}.>` : `<${value}>`;
        expect(run(shellText(context), { BATON_V1: value })).toBe(expected);
      }
    }
  });

  it("a value is never run as a command, whatever text surrounds the placeholder", () => {
    const surrounding = fc
      .array(
        fc.constantFrom(
          "'",
          '"',
          "\\",
          "`",
          "$(",
          "$((",
          "((",
          ")",
          "))",
          "${",
          "${A:-",
          "}",
          "#",
          "\n",
          " ",
          "<<E",
          "E",
          "$'",
          "$",
          "a",
          "case x in",
          "(",
          "[[",
          "]]",
          "<",
          "&&",
          ";",
          "echo ",
        ),
        { maxLength: 8 },
      )
      .map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(surrounding, surrounding, (before, after) => {
        const template = parseTemplate(`${before}{{x}}${after}`);
        if (!template.ok) return;
        const shell = compileShell(template.value);
        if (!shell.ok) return;
        // Tries every way out of quotes; an executed value prints PWNED, which echoing the value does not.
        const value = `'"\`)}\n$(printf PW; printf NED)\`printf PW; printf NED\`;printf PW; printf NED\n#`;
        const { stdout, stderr } = spawnSync("/bin/sh", ["-c", shell.value.text], {
          env: { PATH: process.env.PATH, BATON_V1: value },
          input: "",
          timeout: 1000,
        });
        expect(`${stdout}${stderr}`).not.toMatch(/PWNED/);
      }),
      { numRuns: runs(200) },
    );
  });
});
