/** The process edge: the only file that names `process`. */
import { bugReport, run } from './cli/run.ts';
import type { System } from './system.ts';

const system: System = {
  argv: process.argv.slice(2),
  program: process.argv[1] ?? '',
  env: process.env,
  platform: process.platform,
  uid: process.getuid?.(),
  pid: process.pid,
  execPath: process.execPath,
  // Getters, because Node opens each stream at its first use.
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
  now: () => Date.now(),
  monotonic: () => performance.now(),
  kill: (pid, signal) => void process.kill(pid, signal),
  // Not by the system: that signal comes later, when what was interrupted has already failed.
  interrupt: () => void process.emit('SIGINT', 'SIGINT'),
};

/** Signals that ask for an orderly end; the second one ends at once. */
let received: NodeJS.Signals | undefined;
const stop = new AbortController();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
for (const signal of signals) {
  process.on(signal, () => {
    if (received) raise(signal);
    received = signal;
    stop.abort();
  });
}

// By itself Node opens its debugger then, and with it all secrets, to everybody on this machine.
process.on('SIGUSR1', () => {});

/** Ends by the signal itself, so that the parent sees what happened (130 and 143 in a shell). */
function raise(signal: NodeJS.Signals): void {
  for (const name of [...signals, 'beforeExit']) process.removeAllListeners(name);
  process.kill(process.pid, signal);
}

function onBug(error: unknown): void {
  process.stderr.write(bugReport(error));
  process.exit(70);
}
process.on('uncaughtException', onBug);
process.on('unhandledRejection', onBug);

// Nothing is left that could ever happen, and the command still waits: Node would end with a status of its own (13).
process.once('beforeExit', () => onBug(new Error('waits for something that cannot come any more')));

const status = await run(system, stop.signal);
if (received) raise(received);
else process.exit(status);
