import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Three files at a time, also on two cores: each waits a good part of its time for servers of its own. More would miss
    // the time limits that they test.
    maxWorkers: 3,
    projects: [
      {
        test: {
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
