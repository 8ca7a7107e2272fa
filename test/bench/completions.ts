// How long a TAB takes inside bash, zsh and fish, from the key to the offered words.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { allCommands } from '../../src/commands/index.ts';
import { bashCompletion } from '../../src/generate/bash.ts';
import { fishCompletion } from '../../src/generate/fish.ts';
import { zshCompletion } from '../../src/generate/zsh.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import type { Bench, Row } from './row.ts';

const RUNS = 15;
/** Milliseconds; not for a list of ten thousand, of which nobody picks one before typing a letter. */
const atMost = 20;

const cases = [
  ['a command', 'xmppctl se', 0],
  ['an option', 'xmppctl send --sub', 0],
  ['one of 1000 JIDs', 'xmppctl send contact77', 1000],
  ['one of 10000 JIDs', 'xmppctl send contact77', 10_000],
  ['all of 1000 JIDs', 'xmppctl send ', 1000],
  ['all of 1000 rooms', 'xmppctl muc send ', 1000],
  ['all of 10000 JIDs', 'xmppctl send ', 10_000],
] as const;

async function* rows(): AsyncIterable<Row> {
  const dir = await temporaryDirectory('bench');
  const commands = await allCommands();
  await mkdir(join(dir, 'xmppctl'));
  await mkdir(join(dir, 'zsh'));
  await writeFile(join(dir, 'xmppctl.bash'), bashCompletion(commands));
  await writeFile(join(dir, 'zsh', '_xmppctl'), zshCompletion(commands));
  await writeFile(join(dir, 'xmppctl.fish'), fishCompletion(commands));
  for (const [shell, ask] of [
    ['bash', inBash],
    ['zsh', inZsh],
    ['fish', inFish],
  ] as const) {
    for (const [what, line, names] of cases) {
      await writeFile(join(dir, 'xmppctl', 'completion.tsv'), cacheOf(names));
      const { ms, offered } = await ask(dir, line);
      if (offered === 0) throw new Error(`${shell} offers nothing for '${line}'`);
      yield {
        what: `TAB in ${shell}: ${what}`,
        figure: ms,
        unit: 'ms',
        ...(what === 'all of 10000 JIDs' ? {} : { target: { atMost } }),
      };
    }
  }
  removeDirectory(dir);
}

const cacheOf = (names: number): string =>
  ['account\talice@example.org\t\n']
    .concat(
      Array.from({ length: names }, (_, number) => `jid\tcontact${number}@example.org\tContact ${number}\n`),
      Array.from({ length: names }, (_, number) => `room\troom${number}@conference.example.org\tRoom ${number}\n`),
    )
    .join('');

type Answer = Promise<{ ms: number; offered: number }>;

async function run(dir: string, shell: string, args: readonly string[], env: Record<string, string> = {}) {
  const path = process.env.PATH ?? '';
  const { stdout } = await execa(shell, args, {
    env: { PATH: path, HOME: dir, XDG_CACHE_HOME: dir, TERM: 'dumb', LC_ALL: 'C.UTF-8', ...env },
    extendEnv: false,
    cwd: dir,
    timeout: 60_000,
  });
  return stdout;
}

/** The function that readline calls. */
async function inBash(dir: string, line: string): Answer {
  const script = `source ${dir}/xmppctl.bash
COMP_LINE='${line}' COMP_POINT=\${#COMP_LINE}
for ((run = 0; run < ${RUNS}; run++)); do
  from=\${EPOCHREALTIME/,/.}
  _xmppctl 2>/dev/null
  printf '%s %s %s\\n' "$from" "\${EPOCHREALTIME/,/.}" "\${#COMPREPLY[@]}"
done`;
  return quickest(await run(dir, 'bash', ['--norc', '--noprofile', '-c', script]));
}

/** A whole TAB of its own line editor, in a terminal. */
async function inZsh(dir: string, line: string): Answer {
  const setup = `PROMPT= LISTMAX=100000 LINES=10000
fpath=(${dir}/zsh $fpath)
zmodload zsh/datetime
autoload -U compinit
compinit -u -D
zstyle ':completion:*' insert-tab false
timed() {
  local from=$EPOCHREALTIME
  _main_complete
  print -r -- "$from $EPOCHREALTIME $compstate[nmatches]" >>${dir}/zsh-times
  compstate[insert]= compstate[list]=
}
zle -C timed complete-word timed
bindkey '^I' timed
print READY`;
  await writeFile(join(dir, 'setup.zsh'), setup);
  await writeFile(join(dir, 'zsh-times'), '');
  const script = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'source ${dir}/setup.zsh'
zpty -r z output '*READY*'
for ((run = 0; run < ${RUNS}; run++)); do
  zpty -w -n z $'\\C-u${line}\\t'
  until (($(wc -l <${dir}/zsh-times) > run)); do zpty -r -t z output; sleep 0.02; done
done
cat ${dir}/zsh-times`;
  return quickest(await run(dir, 'zsh', ['-f', '-c', script]));
}

/** The builtin that does what TAB does. */
async function inFish(dir: string, line: string): Answer {
  const script = `source ${dir}/xmppctl.fish
for run in (seq ${RUNS})
  set -l from (date +%s.%N)
  set -l offered (complete -C '${line}')
  echo $from (date +%s.%N) (count $offered)
end`;
  const clock = `for run in (seq ${RUNS}); echo (date +%s.%N) (date +%s.%N) 1; end`;
  const { ms } = quickest(await run(dir, 'fish', ['-N', '-c', clock]));
  const answer = quickest(await run(dir, 'fish', ['-N', '-c', script]));
  return { ...answer, ms: answer.ms - ms };
}

/**
 * Lines of begin, end and how many were offered; the first one loads what the others have. The quickest counts: what a busy
 * machine adds is not the shell's.
 */
function quickest(output: string): { ms: number; offered: number } {
  const lines = output
    .trim()
    .split('\n')
    .slice(1)
    .map((one) => one.split(' ').map(Number));
  return {
    ms: Math.min(...lines.map(([from = 0, to = 0]) => (to - from) * 1000)),
    offered: lines.at(-1)?.[2] ?? 0,
  };
}

export const completions: Bench = { name: 'completions', rows };
