import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Most of the time these tests wait for servers and for each other's programs.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'test/{xmpp,cli,commands,listen,output,account,session,transfer,hostile,generated}/**/*.test.ts',
            'test/*.test.ts',
          ],
          globalSetup: 'test/support/fresh-build.ts',
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'server',
          include: ['test/{server,keyring,completions,man,packaging}/**/*.test.ts'],
          globalSetup: 'test/support/fresh-build.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
