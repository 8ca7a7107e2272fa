// One bundle for the program; keytar stays outside because it carries native code.
import { chmod, readFile } from 'node:fs/promises';
import { build } from 'esbuild';

/** Lets esbuild drop the parts of @xmpp/client that nothing uses: none of its modules does anything on import. */
const xmppIsPure = {
  name: 'xmpp-is-pure',
  setup(build) {
    build.onResolve({ filter: /^@xmpp\// }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === 'resolved') return undefined;
      const found = await build.resolve(path, { resolveDir, kind, pluginData: 'resolved' });
      return { ...found, sideEffects: false };
    });
  },
};

const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));

await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: ['keytar'],
  plugins: [xmppIsPure],
  minifySyntax: true,
  minifyWhitespace: true,
  define: { XMPPCTL_VERSION: JSON.stringify(version) },
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await chmod('bin/xmppctl.js', 0o755);
