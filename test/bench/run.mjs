// npm run bench: how fast and how small the program is, beside bare Node, bare sockets and other tools that are installed.
// npm run bench -- NAME…: only those whose name contains one of the words.
import { importBundled } from '../bundle.mjs';
import { prepare } from '../prepare.mjs';

const linuxOnly = process.platform === 'linux' ? ['prosody13'] : [];
await prepare(['openssl', 'prosody', 'ejabberd', ...linuxOnly]);
const { runBenches } = await importBundled('bench', 'benches');
// Not process.exitCode: Node 20 has been seen to spin for ever in its own clean-up of handles after the last row.
process.exit(await runBenches(process.argv.slice(2)));
