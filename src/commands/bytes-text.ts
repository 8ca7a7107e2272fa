/** `10 MiB`, `256 KiB`, `1000 bytes`. */
export function bytesText(bytes: number): string {
  if (bytes >= 1024 ** 2) return `${Math.round((bytes / 1024 ** 2) * 10) / 10} MiB`;
  return bytes >= 10_000 ? `${Math.round(bytes / 1024)} KiB` : `${bytes} bytes`;
}
