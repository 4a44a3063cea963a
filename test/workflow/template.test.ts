import { describe, expect, it } from "vitest";
import { ok } from "../../src/model/data/result.ts";
import { asText, fill, parseTemplate } from "../../src/workflow/expression/template.ts";

const parts = (text: string) => {
  const template = parseTemplate(text);
  return template.ok
    ? template.value.map((part) => (typeof part === "string" ? part : [part.expression]))
    : template.error;
};

describe("parseTemplate", () => {
  it.each([
    ["", []],
    ["plain } text {", ["plain } text {"]],
    ["{{x}}", [["x"]]],
    ["a {{ x + 1 }} b{{y}}", ["a ", ["x + 1"], " b", ["y"]]],
    ["\\{{x}} {{y}}", ["{{x}} ", ["y"]]],
    ["${{ x }} {{y}}", ["${{ x }} ", ["y"]]],
    ["a\\\\{{x}}", ["a\\{{x}}"]],
    ["{{ '}}' }}", [["'}}'"]]],
    ['{{ "\\"}}" }}', [['"\\"}}"']]],
    ["{{ r'\\' }}'", [["r'\\'"], "'"]],
    ["{{ '''it's }}''' }}", [["'''it's }}'''"]]],
    ['{{ {"a": {"b": 1}} }}', [['{"a": {"b": 1}}']]],
    ["{{ a } }}", ["a }"].map((text) => [text])],
  ])("the parts of the template %j", (text, expected) => expect(parts(text)).toEqual(expected));

  it("unclosed and empty braces are refused", () => {
    expect(parts("docker ps --format {{.ID")).toEqual({
      message: '"{{.ID" has no closing }}',
      hint: "For a literal {{ write \\{{.",
    });
    expect(parts("{{ 'a }}")).toEqual({
      message: '"{{ \'a }}" has no closing }}',
      hint: "For a literal {{ write \\{{.",
    });
    expect(parts("{{ }}")).toEqual({
      message: "{{ }} is empty",
      hint: "Write an expression in it. For a literal {{ write \\{{.",
    });
  });
});

describe("fill", () => {
  const filled = (text: string) => {
    const template = parseTemplate(text);
    return fill(template.ok ? template.value : [], ({ expression }) =>
      expression === "bad" ? { ok: false, error: "no" } : ok(JSON.parse(expression)),
    );
  };
  it("a lone placeholder keeps the type of its value", () => {
    expect(filled('{{ [1, {"a": null}] }}')).toEqual(ok([1, { a: null }]));
    expect(filled("{{1}}")).toEqual(ok(1));
  });
  it("a placeholder beside other text becomes text, and objects become JSON", () => {
    expect(filled('n={{1}} o={{ {"a":[true]} }} z={{null}} s={{"x"}}')).toEqual(ok('n=1 o={"a":[true]} z=null s=x'));
    expect(asText("x")).toBe("x");
  });
  it("an expression that fails makes fill fail", () => {
    expect(filled("a {{bad}}")).toEqual({ ok: false, error: "no" });
  });
});
