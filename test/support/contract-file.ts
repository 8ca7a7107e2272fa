/** Where fresh-build.ts puts the bundle of json-contract.ts, from the root. */
export const contractFile = 'node_modules/.cache/xmppctl/json-contract.mjs';
