import type { ProjectTop } from "./detect-checks.ts";

/** A language, by what a project of it has at its top, and by the words that people use for it. */
interface Language {
  /** Lower-case words; those of one or two letters mean it only in a name. */
  readonly words: readonly string[];
  readonly manifests: readonly string[];
  /** Ends of the names of its files. */
  readonly endings: readonly string[];
  /** Languages that one builder does together. */
  readonly family: string;
}

const language = (family: string, words: string, manifests: string, endings: string): Language => ({
  ...{ family, words: words.split(" "), manifests: manifests.split(" "), endings: endings.split(" ") },
});

const LANGUAGES: readonly Language[] = [
  language("node", "typescript ts", "tsconfig.json", ".ts .tsx .mts .cts"),
  language("node", "javascript js node nodejs", "package.json", ".js .jsx .mjs .cjs"),
  language("python", "python py", "pyproject.toml setup.py setup.cfg requirements.txt Pipfile", ".py"),
  language("go", "go golang", "go.mod go.work", ".go"),
  language("rust", "rust", "Cargo.toml", ".rs"),
  language("jvm", "java", "pom.xml build.gradle", ".java"),
  language("jvm", "kotlin", "build.gradle.kts", ".kt"),
  language("jvm", "scala", "build.sbt", ".scala"),
  language("ruby", "ruby", "Gemfile", ".rb .gemspec"),
  language("php", "php", "composer.json", ".php"),
  language("dotnet", "csharp c# dotnet", "global.json", ".cs .csproj .sln .slnx"),
  language("swift", "swift", "Package.swift", ".swift"),
  language("elixir", "elixir", "mix.exs", ".ex .exs"),
  language("dart", "dart flutter", "pubspec.yaml", ".dart"),
  language("haskell", "haskell", "stack.yaml cabal.project", ".hs .cabal"),
  language("cpp", "cpp c++", "CMakeLists.txt", ".cpp .cc .hpp"),
  language("terraform", "terraform", "main.tf", ".tf"),
];

/** Manifests, and the frameworks that their text may name. */
const FRAMEWORKS: Readonly<Record<string, readonly string[]>> = {
  "package.json": "react vue svelte angular next nuxt express fastify nestjs electron astro remix".split(" "),
  "pyproject.toml": "django flask fastapi pytorch pandas".split(" "),
  "requirements.txt": "django flask fastapi pytorch pandas".split(" "),
  Gemfile: ["rails", "sinatra"],
  "composer.json": ["laravel", "symfony"],
  "pom.xml": ["spring", "quarkus"],
  "build.gradle": ["spring", "quarkus", "android"],
  "Cargo.toml": ["axum", "actix", "tokio"],
  "mix.exs": ["phoenix"],
};

/** Names at the top of a project that are looked at. */
const MAX_NAMES = 2_000;

/** What a project is written in, as far as its top shows. */
export interface Stack {
  readonly languages: readonly Language[];
  readonly frameworks: readonly string[];
}

/** Reads what a project is written in from its manifests and the files at its top. Nothing below is looked at. */
export function detectStack({ names, read }: ProjectTop): Stack {
  const seen = [...names].slice(0, MAX_NAMES);
  const languages = LANGUAGES.filter(
    ({ manifests, endings }) =>
      manifests.some((name) => names.has(name)) || seen.some((name) => endings.some((end) => name.endsWith(end))),
  );
  const frameworks = Object.entries(FRAMEWORKS).flatMap(([manifest, known]) => {
    const text = names.has(manifest) ? read(manifest) : undefined;
    return text === undefined ? [] : known.filter((name) => namesDependency(text, name, manifest));
  });
  return { languages, frameworks: [...new Set(frameworks)] };
}

/** In JSON a dependency is a key, alone or as `@name/part`; elsewhere a word. */
const namesDependency = (text: string, name: string, manifest: string): boolean =>
  manifest === "package.json"
    ? new RegExp(`"@?${name}(?:/[\\w.-]+)?"\\s*:`).test(text)
    : new RegExp(`\\b${name}\\b`, "i").test(text);

/** What an agent's file says of it. */
interface Described {
  readonly name: string;
  readonly tags: readonly string[];
  readonly triggers: { readonly keywords: readonly string[] };
  readonly description: string;
}

export interface Fit {
  /** Above 0: it is for such projects; 0: for any; below 0: for others. */
  readonly score: number;
  /** The family of languages that it is for, if the project has it. */
  readonly family?: string;
}

const KNOWN_WORDS = new Set([...LANGUAGES.flatMap(({ words }) => words), ...Object.values(FRAMEWORKS).flat()]);
/** Names that are ordinary words of a sentence, too. */
const ORDINARY = new Set("next express spring remix phoenix rails electron swift dart rust".split(" "));
/** What a word of the project is worth in the name or tags of an agent's file, and in its description. */
const WORTH = { language: [4, 1], framework: [5, 1] } as const;

/** How well an agent fits what a project is written in, by the words of its file. */
export function fitOf({ name, tags, triggers, description }: Described, { languages, frameworks }: Stack): Fit {
  const own = new Set([name, ...tags, ...triggers.keywords].flatMap(wordsOf));
  // "Go on" and "the next one" name no language.
  const said = new Set(wordsOf(description).filter((word) => word.length > 2 && !ORDINARY.has(word)));
  const worth = (words: readonly string[], [named, mentioned]: readonly [number, number]): number =>
    words.some((word) => own.has(word)) ? named : words.some((word) => said.has(word)) ? mentioned : 0;
  const best = languages
    .map(({ words, family }) => ({ family, score: worth(words, WORTH.language) }))
    .sort((a, b) => b.score - a.score)[0] ?? { score: 0 };
  const score = best.score + Math.max(0, ...frameworks.map((one) => worth([one], WORTH.framework)));
  const here = new Set([...languages.flatMap(({ words }) => words), ...frameworks]);
  const special = [...own].filter((word) => KNOWN_WORDS.has(word));
  if (special.length > 0 && !special.some((word) => here.has(word))) return { score: -1 };
  return { score, ...(best.score > 0 && "family" in best && { family: best.family }) };
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}+#]+/u)
    .filter(Boolean);
