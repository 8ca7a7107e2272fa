import { defineConfig } from 'vitest/config';

/** What a file needs it makes itself, in directories and processes of its own; a new worker for each would take a minute of all. */
const together = { isolate: false };

export default defineConfig({
  test: {
    // Three files at a time, also on two cores: each waits a good part of its time for servers of its own. More would miss
    // the time limits that they test.
    maxWorkers: 3,
    projects: [
      {
        test: {
          ...together,
          name: 'unit',
          include: [
            'test/{xmpp,cli,commands,listen,output,account,session,transfer,hostile,generated}/**/*.test.ts',
            'test/*.test.ts',
          ],
          globalSetup: 'test/fresh-build.mjs',
          testTimeout: 20_000,
        },
      },
      {
        test: {
          ...together,
          name: 'server',
          include: ['test/{server,keyring,completions,man,packaging}/**/*.test.ts'],
          globalSetup: 'test/fresh-build.mjs',
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
