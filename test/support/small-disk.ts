/** The built program where a directory is a small file system of its own that nobody else sees. */
import { execa } from 'execa';
import { removeDirectory, temporaryDirectory } from './daemon.ts';
import { environmentOf, program } from './xmppctl.ts';

export interface SmallDisk {
  dir: string;
  /** Options of tmpfs: `size=128k`. */
  options: string;
  env?: Record<string, string>;
  /** Of Node, before the program. */
  nodeArgs?: readonly string[];
}

/** Runs it there to its end, and then lists what is in the directory. */
export async function onSmallDisk(args: readonly string[], { dir, options, env = {}, nodeArgs = [] }: SmallDisk) {
  const script = 'mount -t tmpfs -o "$1" none "$0" && { shift; "$@"; echo "exit $?"; ls -A "$0"; }';
  const namespaces = process.getuid?.() === 0 ? '-m' : '-rm';
  const node = [process.execPath, ...nodeArgs, program, ...args];
  const home = await temporaryDirectory('home');
  const { stdout, stderr } = await execa('unshare', [namespaces, 'sh', '-c', script, dir, options, ...node], {
    env: { ...environmentOf(home), ...env },
    extendEnv: false,
  });
  removeDirectory(home);
  const lines = stdout.split('\n');
  const end = lines.findLastIndex((line) => /^exit \d+$/.test(line));
  return {
    exitCode: Number(lines[end]?.replace('exit ', '')),
    stderr,
    there: lines.slice(end + 1),
    lines: () => lines.slice(0, end),
  };
}
