/** XEP-0092: Software Version. We ask, and never answer (CVE-2016-10376). */
import { childText, type Element, xml } from './xml.ts';

const nsVersion = 'jabber:iq:version';

export interface SoftwareVersion {
  readonly name: string | null;
  readonly version: string | null;
  readonly os: string | null;
}

export const versionRequest = (to: string): Element =>
  xml('iq', { type: 'get', to }, xml('query', { xmlns: nsVersion }));

/** What a device says that it is; null where it says nothing. */
export function readVersion(iq: Element): SoftwareVersion {
  const query = iq.getChild('query', nsVersion);
  const part = (name: string): string | null => (query && childText(query, name)) || null;
  return { name: part('name'), version: part('version'), os: part('os') };
}
