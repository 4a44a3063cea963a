import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { ConfigError, type ConfigSources, readConfig, stateDirectory, trustOf } from "../src/config.ts";
import { trustKeyPath } from "../src/trust/key.ts";
import { scratch } from "./rig/baton.ts";

const from = (cwd: string, rest: Partial<ConfigSources> = {}): ConfigSources => ({
  flags: {},
  environment: {},
  cwd,
  home: HOME,
  ...rest,
});
const HOME = mkdtempSync(join(tmpdir(), "baton-home-"));
afterAll(() => rmSync(HOME, { recursive: true, force: true }));

/** A project whose state directory has these settings, and this user's mark. */
function withSettings(text: string): string {
  const cwd = scratch();
  const state = join(cwd, ".baton");
  mkdirSync(state);
  writeFileSync(join(state, "config.json"), text);
  trustOf(state, trustKeyPath({ environment: {}, home: HOME, cwd }), {}).admit();
  return cwd;
}

describe("the state directory", () => {
  test("the state directory comes from the flag, else the environment", () => {
    const environment = { BATON_STATE: "env" };
    expect(stateDirectory(from("/w", { flags: { state: "flag" }, environment }))).toBe("/w/flag");
    expect(stateDirectory(from("/w", { environment }))).toBe("/w/env");
    expect(stateDirectory(from("/w", { flags: { state: "/abs" } }))).toBe("/abs");
  });

  test("the state directory is the nearest .baton upwards, before any repository", () => {
    const top = scratch();
    mkdirSync(join(top, ".baton"));
    mkdirSync(join(top, "repo/.git"), { recursive: true });
    mkdirSync(join(top, "repo/deep/er"), { recursive: true });
    expect(stateDirectory(from(join(top, "repo/deep/er")))).toBe(join(top, ".baton"));
    mkdirSync(join(top, "repo/deep/.baton"));
    expect(stateDirectory(from(join(top, "repo/deep/er")))).toBe(join(top, "repo/deep/.baton"));
  });

  test("the state directory is created at the repository's top, else in the working directory", () => {
    const top = scratch();
    mkdirSync(join(top, "repo/.git"), { recursive: true });
    mkdirSync(join(top, "repo/deep"), { recursive: true });
    expect(stateDirectory(from(join(top, "repo/deep")))).toBe(join(top, "repo/.baton"));
    mkdirSync(join(top, "tree/deep"), { recursive: true });
    writeFileSync(join(top, "tree/.git"), "gitdir: elsewhere");
    expect(stateDirectory(from(join(top, "tree/deep")))).toBe(join(top, "tree/.baton"));
    mkdirSync(join(top, "plain"));
    expect(stateDirectory(from(join(top, "plain")))).toBe(join(top, "plain/.baton"));
  });

  test("the state directory is never in the home directory or in /", () => {
    const home = scratch();
    mkdirSync(join(home, ".baton"));
    mkdirSync(join(home, "work"));
    const environment = { XDG_STATE_HOME: "/xdg" };
    const inHome = stateDirectory(from(home, { home, environment }));
    expect(inHome).toMatch(/^\/xdg\/baton\/[0-9a-f]{16}$/);
    const inRoot = stateDirectory(from("/", { home, environment }));
    expect(inRoot).toMatch(/^\/xdg\/baton\/[0-9a-f]{16}$/);
    expect(inRoot).not.toBe(inHome);
    expect(stateDirectory(from(home, { home }))).toMatch(new RegExp(`^${home}/.local/state/baton/`));
    expect(stateDirectory(from(join(home, "work"), { home }))).toBe(join(home, "work/.baton"));
  });

  test("the state directory of a read-only project is in the state home", () => {
    const cwd = scratch();
    chmodSync(cwd, 0o500);
    onTestFinished(() => chmodSync(cwd, 0o700));
    // Root may write everywhere.
    const expected = process.getuid?.() === 0 ? join(cwd, ".baton") : expect.stringMatching(/^\/xdg\/baton\//);
    expect(stateDirectory(from(cwd, { environment: { XDG_STATE_HOME: "/xdg" } }))).toEqual(expected);
  });
});

describe("settings", () => {
  test("settings have defaults, and are frozen", () => {
    const config = readConfig(from(scratch()));
    expect(config).toMatchObject({
      durability: "process",
      maxSteps: 10_000,
      resumeWithin: 3_600_000,
      heartbeat: 2_000,
      staleAfter: 15_000,
    });
    expect(config.maxParallel).toBeGreaterThanOrEqual(2);
    expect(Object.isFrozen(config)).toBe(true);
  });

  test("flags override the environment, and the environment overrides the file", () => {
    const cwd = withSettings('{"durability": "power", "maxSteps": 5, "killGrace": 7}');
    const environment = { BATON_DURABILITY: "process", BATON_MAX_STEPS: "6" };
    expect(readConfig(from(cwd))).toMatchObject({ durability: "power", maxSteps: 5, killGrace: 7 });
    expect(readConfig(from(cwd, { environment }))).toMatchObject({ durability: "process", maxSteps: 6, killGrace: 7 });
    expect(readConfig(from(cwd, { environment, flags: { durability: "power" } })).durability).toBe("power");
  });

  test("roots are lists, separated by colons in the environment", () => {
    const cwd = withSettings('{"roots": ["a", "/b"]}');
    mkdirSync(join(cwd, "deep"));
    const deep = join(cwd, "deep");
    expect(readConfig(from(deep)).roots).toEqual([join(cwd, "a"), "/b"]);
    expect(readConfig(from(deep, { environment: { BATON_ROOTS: "x::/y" } })).roots).toEqual([join(deep, "x"), "/y"]);
    expect(readConfig(from(deep, { flags: { roots: ["a:b", "c"] } })).roots).toEqual([
      join(deep, "a:b"),
      join(deep, "c"),
    ]);
    expect(readConfig(from(scratch())).roots).toEqual([]);
  });

  test.each([
    ["not json", /config\.json: .*JSON/],
    ["[]", /config\.json: must be a JSON object/],
    ['{"maxStep": 5}', /config\.json: unknown setting "maxStep"/],
    ['{"maxSteps": 1000000}', /config\.json: maxSteps: must be at most 100,000/],
  ])("refuses a settings file with %s", (text, message) => {
    const cwd = withSettings(text);
    expect(() => readConfig(from(cwd))).toThrow(message);
    expect(() => readConfig(from(cwd))).toThrow(ConfigError);
  });

  test("a time is a number of milliseconds or a duration as text", () => {
    const environment = { BATON_HEARTBEAT: "1500", BATON_KILL_GRACE: "2s", BATON_RESUME_WITHIN: "1h30m" };
    expect(readConfig(from(scratch(), { environment }))).toMatchObject({
      ...{ heartbeat: 1_500, killGrace: 2_000, resumeWithin: 5_400_000 },
    });
  });

  test("an error names the invalid environment variable or flag", () => {
    expect(() => readConfig(from(scratch(), { environment: { BATON_HEARTBEAT: "soon" } }))).toThrow(
      /^BATON_HEARTBEAT: heartbeat: must be a duration: whole milliseconds, or text such as/,
    );
    expect(() => readConfig(from(scratch(), { flags: { durability: "maybe" } }))).toThrow(
      /^--durability: durability: must be one of "process", "power"$/,
    );
  });

  describe("settings of a state directory without this user's mark", () => {
    const settings = '{"runners": {"r": {"command": "touch {prompt_file}"}}, "checks": ["touch x"]}';

    test("settings without this user's mark are ignored with a note", () => {
      const cwd = scratch();
      mkdirSync(join(cwd, ".baton"));
      writeFileSync(join(cwd, ".baton/config.json"), settings);
      const config = readConfig(from(cwd));
      expect(config).toMatchObject({ runners: {} });
      expect(config.checks).toBeUndefined();
      expect(config.notes).toEqual([expect.stringContaining(`baton trust ${join(cwd, ".baton")}`)]);
    });

    test("settings are ignored after a change or a copy of the state directory", () => {
      const cwd = withSettings(settings);
      expect(readConfig(from(cwd))).toMatchObject({ notes: [], checks: ["touch x"] });
      const copy = scratch();
      cpSync(join(cwd, ".baton"), join(copy, ".baton"), { recursive: true });
      expect(readConfig(from(copy)).checks).toBeUndefined();
      writeFileSync(join(cwd, ".baton/config.json"), settings.replace("touch x", "touch y"));
      expect(readConfig(from(cwd)).checks).toBeUndefined();
    });

    test("settings are ignored under another user's key", () => {
      const cwd = withSettings(settings);
      expect(readConfig(from(cwd, { home: scratch() })).checks).toBeUndefined();
    });
  });

  test("refuses a trust key inside the project", () => {
    const cwd = scratch();
    mkdirSync(join(cwd, ".git"));
    const within = { environment: { BATON_TRUST_KEY: "keys/mine" } };
    expect(() => readConfig(from(cwd, within))).toThrow(/BATON_TRUST_KEY: .*lies in/);
    const outside = join(scratch(), "key");
    expect(readConfig(from(cwd, { environment: { BATON_TRUST_KEY: outside } })).trustKey).toBe(outside);
  });
});
