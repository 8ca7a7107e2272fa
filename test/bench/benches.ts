// All benches, and the table of what they measured.
import { completions } from './completions.ts';
import { longLists } from './contacts.ts';
import { files } from './files.ts';
import { listening } from './listening.ts';
import { roundTrips } from './round-trips.ts';
import { type Bench, cells, misses, type Row } from './row.ts';
import { startUp } from './start-up.ts';
import { throughput } from './throughput.ts';

const benches: readonly Bench[] = [startUp, completions, roundTrips, throughput, listening, longLists, files];

/** Runs those whose name contains one of the words, or all. Gives the exit status: 1 if a target is missed. */
export async function runBenches(words: readonly string[]): Promise<number> {
  // Without a listener these would end us before the servers and their directories are gone.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  const chosen = benches.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  if (chosen.length === 0) throw new Error(`no such bench; there are: ${benches.map(({ name }) => name).join(', ')}`);
  const missed: Row[] = [];
  for (const { name, rows } of chosen) {
    console.log(`\n${name}`);
    for await (const row of rows()) {
      const [what, figure, target, beside] = cells(row);
      console.log(`  ${what.padEnd(46)} ${figure.padStart(18)}  ${target.padEnd(14)} ${beside}`.trimEnd());
      if (misses(row)) missed.push(row);
    }
  }
  console.log(missed.length === 0 ? '\nNo target is missed.' : `\n${missed.length} targets are missed.`);
  return missed.length === 0 ? 0 : 1;
}
