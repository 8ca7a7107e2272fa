/** What every source of a password comes down to: bytes, of which the first line counts. */

/** A password, or why there is none (never with a part of what was read). */
export type Outcome = { readonly password: string } | { readonly failed: string; readonly missing?: boolean };

/** No password is longer; a source that gives more without a newline is no password. */
export const maxPasswordBytes = 64 * 1024;

/** The first line of the bytes without its newline (LF or CRLF), or why it cannot be a password. */
export function firstLine(bytes: Uint8Array): Outcome {
  const newline = bytes.indexOf(0x0a);
  let end = newline < 0 ? bytes.length : newline;
  if (newline > 0 && bytes[newline - 1] === 0x0d) end -= 1;
  if (end > maxPasswordBytes) return { failed: `its first line is longer than ${maxPasswordBytes} bytes` };
  const line = bytes.subarray(0, end);
  if (line.includes(0)) return { failed: 'its first line holds a NUL byte' };
  let password: string;
  try {
    password = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return { failed: 'its first line is not valid UTF-8' };
  }
  return password === '' ? { failed: bytes.length === 0 ? 'it is empty' : 'its first line is empty' } : { password };
}
