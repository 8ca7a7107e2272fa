/** Asks the real shells what they would offer at the end of a command line. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bashCompletion } from '../../src/generate/bash.ts';
import { fishCompletion } from '../../src/generate/fish.ts';
import { zshCompletion } from '../../src/generate/zsh.ts';
import type { Command } from '../../src/grammar/command.ts';

export interface Shell {
  readonly name: string;
  /** The words that the shell offers, sorted, as they would stand on the command line. */
  offers(line: string): string[];
  /** What stands beside a word; empty where the shell shows nothing. */
  describes(line: string): string;
}

/** A directory with the scripts, a cache with JIDs, and a `node` that betrays itself when it is started. */
export class Sandbox {
  readonly directory = mkdtempSync(join(tmpdir(), 'xmppctl-shells-'));
  readonly nodeWasStarted = join(this.directory, 'node-was-started');
  readonly injected = join(this.directory, 'files', 'injected');

  constructor(commands: readonly Command[]) {
    const { directory } = this;
    for (const part of ['cache/xmppctl', 'bin', 'home', 'files/folder', 'zsh'])
      mkdirSync(join(directory, part), { recursive: true });
    writeFileSync(join(directory, 'files', 'with space.txt'), '');
    writeFileSync(join(directory, 'xmppctl.bash'), bashCompletion(commands));
    writeFileSync(join(directory, 'zsh', '_xmppctl'), zshCompletion(commands));
    writeFileSync(join(directory, 'xmppctl.fish'), fishCompletion(commands));
    for (const name of ['node', 'xmppctl']) {
      writeFileSync(join(directory, 'bin', name), `#!/bin/sh\ntouch '${this.nodeWasStarted}'\n`, { mode: 0o755 });
    }
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a shell's variable
    const hostile = 'touch${IFS}injected';
    const cache = [
      ['jid', 'bob@example.org', 'Bob'],
      ['jid', 'bea@example.org', ''],
      ['jid', 'bücher@example.org', 'Bücher: ein $(Laden)'],
      ['jid', `bad$(${hostile})@example.org`, `$(${hostile})`],
      ['jid', `bad\`${hostile}\`@example.org`, ''],
      ['jid', `bad;${hostile};@example.org`, ''],
      ['room', 'lounge@conference.example.org', 'The Lounge'],
      ['account', 'alice@example.org', ''],
    ];
    writeFileSync(
      join(directory, 'cache/xmppctl/completion.tsv'),
      `${cache.map((row) => row.join('\t')).join('\n')}\n`,
    );
  }

  /** Runs a shell in the sandbox. */
  run(command: string, args: readonly string[], input?: string): string {
    return execFileSync(command, args, {
      cwd: join(this.directory, 'files'),
      env: {
        PATH: `${join(this.directory, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
        HOME: join(this.directory, 'home'),
        XDG_CACHE_HOME: join(this.directory, 'cache'),
        TERM: 'dumb',
        LC_ALL: 'C.UTF-8',
      },
      encoding: 'utf8',
      input,
      timeout: 30_000,
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const sorted = (lines: string): string[] => [...new Set(lines.split(/\r?\n/).filter((line) => line !== ''))].sort();

/** bash, by calling the completion function as readline does. */
export const bash = (sandbox: Sandbox): Shell => ({
  name: 'bash',
  offers(line) {
    // What readline keeps of the word is before its last word break; the function returns what follows, the @ too.
    const word = line.slice(line.lastIndexOf(' ') + 1);
    const kept = /^.*(?:[=:]|(?=@))/.exec(word)?.[0] ?? '';
    const script = `source ${quote(join(sandbox.directory, 'xmppctl.bash'))}
      COMP_LINE=${quote(line)} COMP_POINT=\${#COMP_LINE}
      _xmppctl 2>/dev/null
      for word in "\${COMPREPLY[@]}"; do printf '%s\\n' ${quote(kept)}"$word"; done`;
    return sorted(sandbox.run('bash', ['--norc', '--noprofile', '-c', script]));
  },
  describes: () => '',
});

/** zsh, in a terminal of its own, with a compadd that also writes down what it is given: zsh has no other way to ask. */
export const zsh = (sandbox: Sandbox, style = ''): Shell => {
  const matchesFile = join(sandbox.directory, 'matches');
  const setup = join(sandbox.directory, 'setup.zsh');
  writeFileSync(
    setup,
    `PROMPT=
fpath=(${quote(join(sandbox.directory, 'zsh'))} $fpath)
zmodload zsh/zutil
autoload -U compinit
compinit -u -D
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
${style}
comppostfuncs=(exit)
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  typeset -a __hits __shown
  local __named i
  if (($@[(I)-d])); then
    __named=\${@[\${@[(i)-d]}+1]}
    if [[ $__named == \\(* ]]; then eval "__shown=$__named"; else __shown=("\${(@P)__named}"); fi
  fi
  builtin compadd -A __hits -D __shown "$@"
  local -a __before
  zparseopts -E P:=__before p:=__before
  for ((i = 1; i <= $#__hits; i++)); do print -r -- "$IPREFIX$__before[2]$__hits[i]"$'\\t'"$__shown[i]" >>${quote(matchesFile)}; done
  builtin compadd "$@"
}
print READY
`,
  );
  const ask = (line: string): string => {
    writeFileSync(matchesFile, '');
    const script = `zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z ${quote(`source ${quote(setup)}`)}
      zpty -r z output '*READY*'
      zpty -w -n z ${quote(line)}$'\\t'
      while zpty -r z output; do :; done`;
    sandbox.run('zsh', ['-f', '-c', script]);
    return readFileSync(matchesFile, 'utf8');
  };
  return {
    name: 'zsh',
    offers: (line) => sorted(ask(line).replace(/\t.*$|\\/gm, '')),
    describes: ask,
  };
};

/** What bash passes to xmppctl when the keys are typed at its prompt, with a TAB where `\t` stands. */
export function typedInBash(sandbox: Sandbox, keys: string): string {
  const setup = `PS1=; bind "set bell-style none"; xmppctl() { printf ARGS; printf "<%s>" "$@"; printf "END\\n"; }
    source ${quote(join(sandbox.directory, 'xmppctl.bash'))}; echo READ""Y`;
  const script = `zmodload zsh/zpty
    zpty b bash --norc --noprofile -i
    zpty -w b ${quote(setup)}
    zpty -r b output '*READY*'
    zpty -w b $${quote(keys.replaceAll('\t', '\\t'))}
    zpty -r b output '*END*'
    print -r -- $output`;
  return /ARGS(.*)END/.exec(sandbox.run('zsh', ['-f', '-c', script]))?.[1] ?? '';
}

/** fish, which has a command for it. */
export const fish = (sandbox: Sandbox): Shell => {
  const ask = (line: string): string =>
    sandbox.run('fish', [
      '-N',
      '-c',
      `source ${quote(join(sandbox.directory, 'xmppctl.fish'))}; complete -C ${quote(line)}`,
    ]);
  return {
    name: 'fish',
    offers: (line) => sorted(ask(line).replace(/\t.*$/gm, '')),
    describes: ask,
  };
};
