import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "../../rig/baton.ts";
import { Repository } from "../../rig/repository.ts";

const HOOKS = [
  ...["applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-checkout", "post-commit", "post-index-change"],
  ...[
    "post-merge",
    "post-rewrite",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-rebase",
    "prepare-commit-msg",
  ],
  ...["reference-transaction", "sendemail-validate", "update"],
];

/** Git commands that Baton calls, and some that a careless change might call. */
const COMMANDS = [
  ...["cat-file", "check-attr", "check-ignore", "checkout-index", "commit-tree", "config", "diff-files", "diff-tree"],
  ...[
    "for-each-ref",
    "hash-object",
    "ls-files",
    "mktree",
    "read-tree",
    "rev-parse",
    "status",
    "symbolic-ref",
    "update-index",
  ],
  ...["update-ref", "write-tree", "fetch", "upload-pack"],
];

/** A repository whose configuration names a command wherever git runs one, and a record of the commands that ran. */
export interface HostileRepository {
  readonly repository: Repository;
  /** The names of the commands that ran since the last `forget`. */
  ran(): string[];
  forget(): void;
}

/** Makes the repository. Each planted command creates a file with its name when it runs. */
export function plantAll(): HostileRepository {
  const witnesses = scratch();
  const leave = (name: string) => `touch '${join(witnesses, name)}'`;
  const shell = (name: string, then = "cat") => `sh -c "${leave(name)}; ${then}" --`;

  const inner = Repository.make({ "x.txt": "1" });
  const repository = Repository.make({
    "a.txt": "1\n",
    "b.bin": "1\n",
    "c.inc": "1\n",
    "d.wt": "1\n",
    "e.user": "1\n",
    "f.gone": "what is fetched\n",
    "dir/g.txt": "1\n",
    "lines.crlf": "1\r\n2\n",
  });
  repository.git("submodule", "--quiet", "add", inner.top, "sub");
  repository.write(
    ".gitattributes",
    [
      "*.txt filter=evil diff=evil merge=evil",
      "*.bin filter=process diff=evil",
      "*.inc filter=included",
      "*.wt filter=worktree",
      "*.user filter=user",
      "*.crlf text eol=crlf",
      "",
    ].join("\n"),
  );
  repository.commit("with a submodule");
  mkdirSync(join(repository.top, "nested"));
  repository.at("nested").git("init", "--quiet", "--template=");

  const git = join(repository.top, ".git");
  const config = (...args: readonly string[]) => repository.git("config", ...args);
  // A missing object, which git in a partial clone fetches when it reads the object.
  const gone = repository.git("rev-parse", "HEAD:f.gone");
  rmSync(join(git, "objects", gone.slice(0, 2), gone.slice(2)));

  const settings: Readonly<Record<string, string>> = {
    "filter.evil.clean": shell("filter.clean"),
    "filter.evil.smudge": shell("filter.smudge"),
    "filter.evil.required": "true",
    "filter.process.process": shell("filter.process", "exit 1"),
    "diff.evil.textconv": shell("diff.textconv"),
    "diff.evil.command": shell("diff.command"),
    "diff.external": shell("diff.external"),
    "merge.evil.driver": shell("merge.driver"),
    "core.fsmonitor": shell("core.fsmonitor"),
    "core.sshCommand": shell("core.sshCommand"),
    "core.gitProxy": shell("core.gitProxy"),
    "core.askPass": shell("core.askPass"),
    "core.editor": shell("core.editor"),
    "sequence.editor": shell("sequence.editor"),
    "core.pager": shell("core.pager"),
    "core.alternateRefsCommand": shell("core.alternateRefsCommand"),
    "core.attributesFile": join(git, "attributes"),
    "credential.helper": `!${leave("credential.helper")}`,
    "gpg.program": shell("gpg.program"),
    "gpg.ssh.program": shell("gpg.ssh.program"),
    "commit.gpgSign": "true",
    "interactive.diffFilter": shell("interactive.diffFilter"),
    "uploadpack.packObjectsHook": shell("uploadpack.packObjectsHook"),
    "receive.procReceiveRefs": "refs",
    "submodule.sub.update": `!${leave("submodule.update")}`,
    "submodule.recurse": "true",
    "trailer.sign.command": leave("trailer.command"),
    "trailer.sign.cmd": leave("trailer.cmd"),
    "protocol.allow": "always",
    "protocol.ext.allow": "always",
    "protocol.file.allow": "always",
    "remote.origin.url": `ext::${shell("remote.ext", "exit 1")}`,
    "remote.origin.promisor": "true",
    "remote.other.url": repository.top,
    "remote.other.uploadpack": shell("remote.uploadpack", "exit 1"),
    "remote.other.promisor": "true",
    "lfs.customtransfer.evil.path": "sh",
    "lfs.customtransfer.evil.args": leave("lfs.customtransfer"),
    "core.hooksPath": join(git, "hooks"),
    "include.path": join(git, "included"),
    "includeIf.gitdir:/.path": join(git, "included-if"),
    "extensions.worktreeConfig": "true",
    "extensions.partialClone": "origin",
    "core.repositoryFormatVersion": "1",
  };
  writeFileSync(join(git, "attributes"), "* filter=evil\n");
  const section = (name: string) => `[filter "${name}"]\n\tclean = ${JSON.stringify(shell(`${name}.clean`))}\n`;
  writeFileSync(join(git, "included"), section("included"));
  writeFileSync(join(git, "included-if"), `[core]\n\tfsmonitor = ${JSON.stringify(shell("includeIf.fsmonitor"))}\n`);
  mkdirSync(join(git, "hooks"), { recursive: true });
  for (const hook of HOOKS) {
    writeFileSync(join(git, "hooks", hook), `#!/bin/sh\n${leave(`hook.${hook}`)}\n`);
    chmodSync(join(git, "hooks", hook), 0o755);
  }
  for (const place of ["sub", "nested"]) {
    repository.at(place).git("config", "core.fsmonitor", shell(`${place}.fsmonitor`));
    repository.at(place).git("config", "filter.evil.clean", shell(`${place}.clean`));
  }
  for (const command of COMMANDS) {
    config(`alias.${command}`, `!${leave(`alias.${command}`)}`);
    config(`pager.${command}`, shell(`pager.${command}`));
  }
  for (const [name, value] of Object.entries(settings)) config(name, value);
  writeFileSync(join(git, "config.worktree"), section("worktree"));
  // The user's own configuration also counts: git-lfs, for example, runs commands that the repository names.
  writeFileSync(join(repository.environment.HOME!, ".gitconfig"), section("user"));

  const forget = () => {
    for (const name of readdirSync(witnesses)) rmSync(join(witnesses, name));
  };
  forget();
  return { repository, ran: () => readdirSync(witnesses).sort(), forget };
}

/** Changes files as a worker would, without git. */
export function workOn({ top }: Repository, text: string): void {
  for (const name of ["a.txt", "b.bin", "c.inc", "d.wt", "e.user", "dir/g.txt", "new.txt"]) {
    writeFileSync(join(top, name), text);
  }
  if (existsSync(join(top, "f.gone"))) rmSync(join(top, "f.gone"));
}
