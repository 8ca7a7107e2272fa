/** Errors of the file system in words and in kinds of ours. */
import { XmppctlError } from './errors.ts';

/** An error of the operating system as ours: `otherwise` unless it is a lack of space, of resources or a broken disk. */
export function fileError(error: unknown, what: string, otherwise: 'config' | 'cantcreat' | 'ioerr'): XmppctlError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown error';
  const message = `${what}: ${reasonOf(error)}`;
  if (['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'].includes(code))
    return new XmppctlError('oserr', message, { cause: error });
  if (['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG'].includes(code)) return new XmppctlError('ioerr', message, { cause: error });
  return new XmppctlError(otherwise, message, { cause: error });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EEXIST: 'it exists already',
  EBADF: 'it is not open for reading',
  EISDIR: 'it is a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'the disk quota is used up',
  EAGAIN: 'it has nothing to read',
  ENXIO: 'it is a socket or a device that is not there',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
};

/** What an error of the operating system means, in words; the code where we have none. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown error';
  return reasons[code] ?? code;
}

/** Whether the error says that there is no such file. */
export const isMissing = (error: unknown): boolean => {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
};
