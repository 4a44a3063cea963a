import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * The hosts as their makers publish them, one npm package for each platform. Pinned: what a host shows its model
 * changes between versions.
 */
const PLATFORM = `${process.platform}-${process.arch}`;
const HOSTS = {
  claude: { package: `@anthropic-ai/claude-code-${PLATFORM}`, version: "2.1.329", file: "claude" },
  goose: { package: `@aaif/goose-binary-${PLATFORM}`, version: "1.52.0", file: "bin/goose" },
} as const;

export type HostName = keyof typeof HOSTS;
export type Binaries = Readonly<Record<HostName, string>>;

/**
 * Where the hosts' binaries are: in the npm prefix that BATON_CLIENTS names, else in one beneath the system's directory
 * for temporary files, which is filled from the registry when it is not there. No package runs a script of its own
 * while it is installed.
 */
export async function binaries(environment: NodeJS.ProcessEnv = process.env): Promise<Binaries> {
  if (environment.BATON_CLIENTS) return found(resolve(environment.BATON_CLIENTS), "or unset BATON_CLIENTS");
  const versions = Object.values(HOSTS).map(({ version }) => version);
  const prefix = join(tmpdir(), `baton-clients-${versions.join("-")}`);
  if (!existsSync(prefix)) await install(prefix);
  return found(prefix, `or remove ${prefix}, and all is installed anew`);
}

function found(prefix: string, otherwise: string): Binaries {
  const path = (host: HostName): string => {
    const { package: name, version, file } = HOSTS[host];
    const binary = join(prefix, "node_modules", name, file);
    if (existsSync(binary)) return binary;
    const install = `npm i --ignore-scripts --prefix ${prefix} ${name}@${version}`;
    throw new Error(`${binary} is not there. Install it (${install}), ${otherwise}.`);
  };
  return { claude: path("claude"), goose: path("goose") };
}

/** Into a directory of another name first, so that an installation that broke off is never taken for a whole one. */
async function install(prefix: string): Promise<void> {
  const packages = Object.values(HOSTS).map(({ package: name, version }) => `${name}@${version}`);
  mkdirSync(tmpdir(), { recursive: true });
  const next = mkdtempSync(`${prefix}-`);
  const args = ["install", "--prefix", next, "--ignore-scripts", "--no-audit", "--no-fund", ...packages];
  await new Promise<void>((done, failed) => {
    execFile("npm", args, { cwd: next }, (error, _stdout, stderr) => {
      if (!error) return done();
      rmSync(next, { recursive: true, force: true });
      failed(
        new Error(
          `The hosts could not be installed (npm ${args.join(" ")}):\n${stderr.trim()}\n` +
            `Install ${packages.join(" and ")} into a directory of your own, and name it in BATON_CLIENTS.`,
        ),
      );
    });
  });
  try {
    renameSync(next, prefix);
  } catch {
    // Somebody else was faster; theirs is as good.
    rmSync(next, { recursive: true, force: true });
  }
}
