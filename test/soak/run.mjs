// npm run soak [-- KILLS]: the long versions of the tests that kill things, with their figures.
import { importBundled } from '../bundle.mjs';
import { prepare } from '../prepare.mjs';

await prepare(['openssl', 'prosody', 'ejabberd']);
const { runSoak } = await importBundled('soak', 'soak');
process.exit(await runSoak(Number(process.argv[2] ?? 300)));
