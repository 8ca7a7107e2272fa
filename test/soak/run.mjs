// npm run soak [-- KILLS]: the long versions of the tests that kill things, with their figures.
import { importBundled } from '../bundle.mjs';
import { ensure } from '../setup.mjs';

try {
  await ensure(['node_modules', 'openssl', 'prosody', 'ejabberd']);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const { runSoak } = await importBundled('soak', 'soak');
process.exit(await runSoak(Number(process.argv[2] ?? 300)));
