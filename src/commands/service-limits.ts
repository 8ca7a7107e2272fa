/** What services say of their limits in service discovery (XEP-0128). */
import { formType } from '../xmpp/xep0004-data-forms.ts';
import type { DiscoInfo } from '../xmpp/xep0030-disco.ts';

export interface ServiceLimits {
  /** In bytes. */
  readonly maxFileSize: number;
}

const nsUpload = 'urn:xmpp:http:upload:0';

/** The upload limit (XEP-0363 6.1); undefined if the service has none or does not say. */
export function limitsOf({ forms }: DiscoInfo): ServiceLimits | undefined {
  const form = forms.find((one) => formType(one) === nsUpload);
  const text = form?.fields.find(({ name }) => name === 'max-file-size')?.values[0] ?? '';
  const maxFileSize = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isNaN(maxFileSize) ? undefined : { maxFileSize };
}

/** `10 MiB`, `256 KiB`, `1000 bytes`. */
export function bytesText(bytes: number): string {
  if (bytes >= 1024 ** 2) return `${Math.round((bytes / 1024 ** 2) * 10) / 10} MiB`;
  return bytes >= 10_000 ? `${Math.round(bytes / 1024)} KiB` : `${bytes} bytes`;
}
