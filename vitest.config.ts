import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Two files at a time, however few the cores: each starts servers and programs of its own, and has time limits to keep.
    maxWorkers: 2,
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
