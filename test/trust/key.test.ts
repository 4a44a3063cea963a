import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { TrustKeyError, trustKey, trustKeyPath } from "../../src/trust/key.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";

describe("this user's trust key", () => {
  test("the trust key is at BATON_TRUST_KEY, else in the user's state directory", () => {
    const from = { home: "/home/me", cwd: "/w" };
    expect(trustKeyPath({ ...from, environment: { BATON_TRUST_KEY: "../k" } })).toBe("/k");
    expect(trustKeyPath({ ...from, environment: { XDG_STATE_HOME: "/xdg" } })).toBe("/xdg/baton/trust.key");
    expect(trustKeyPath({ ...from, environment: { XDG_STATE_HOME: "relative", BATON_TRUST_KEY: "" } })).toBe(
      "/home/me/.local/state/baton/trust.key",
    );
  });

  test("the trust key is created at first use, private and permanent", () => {
    const path = join(scratch(), "deep", "trust.key");
    const secret = trustKey(path).secret();
    expect(secret.length).toBeGreaterThanOrEqual(64);
    expect(trustKey(path).secret()).toEqual(secret);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  test("processes that create the trust key at once get the same key", async () => {
    const maker = await bundle(new URL("maker.ts", import.meta.url));
    const path = join(scratch(), "trust.key");
    const secrets = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const child = spawn(process.execPath, [maker, path], { stdio: ["ignore", "pipe", "inherit"] });
        const said: Buffer[] = [];
        child.stdout.on("data", (chunk) => said.push(chunk));
        await once(child, "close");
        return Buffer.concat(said).toString();
      }),
    );
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatch(/^[0-9a-f]{64}/);
    expect(readdirSync(dirname(path))).toEqual(["trust.key"]);
  });

  test("the trust key may be a link, like mounted secrets", () => {
    const directory = scratch();
    writeFileSync(join(directory, "real"), "a secret", { mode: 0o400 });
    symlinkSync(join(directory, "real"), join(directory, "link"));
    expect(trustKey(join(directory, "link")).secret().toString()).toBe("a secret");
  });

  test.each<[string, (path: string) => void, RegExp]>([
    ["empty", (path) => writeFileSync(path, "\n", { mode: 0o600 }), /is empty/],
    ["a directory", (path) => mkdirSync(path), /is not a regular file/],
    ["too large", (path) => writeFileSync(path, "x".repeat(5_000), { mode: 0o600 }), /larger than/],
    [
      "writable by others",
      (path) => {
        writeFileSync(path, "a secret");
        chmodSync(path, 0o666);
      },
      /is writable by other users/,
    ],
  ])("refuses a trust key that is %s", (_, make, message) => {
    const path = join(scratch(), "trust.key");
    make(path);
    expect(() => trustKey(path).secret()).toThrow(TrustKeyError);
    expect(() => trustKey(path).secret()).toThrow(message);
  });
});
