/** Bytes into a connection, whose other side may have had enough before we know that we are done. */
import type { Writable } from 'node:stream';
import { unlessAborted } from '../session/abort.ts';

/**
 * Writes all the bytes and ends the writing side. Resolves as well when the other side closes after the last of them: what
 * it says of them is then what counts. Rejects with what breaks the connection or the bytes before, or the signal's reason.
 * COMPAT(Node 20 to 24): stream.pipeline() never settles, not even by its signal, when the other side closes between the
 * last bytes and their end.
 */
export async function pour(bytes: AsyncIterable<Buffer>, sink: Writable, signal: AbortSignal): Promise<void> {
  await unlessAborted(pourAll(bytes, sink, signal), signal);
}

async function pourAll(bytes: AsyncIterable<Buffer>, sink: Writable, signal: AbortSignal): Promise<void> {
  let broken: { error: unknown } | undefined;
  let closed = sink.destroyed;
  let wake = (): void => {};
  const onError = (error: unknown): void => {
    broken ??= { error };
    wake();
  };
  const onClose = (): void => {
    closed = true;
    wake();
  };
  const onDrain = (): void => wake();
  sink.on('error', onError).on('close', onClose).on('drain', onDrain).on('finish', onDrain);
  const until = async (ready: () => boolean): Promise<void> => {
    while (!ready() && !closed && !broken) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  try {
    for await (const chunk of bytes) {
      signal.throwIfAborted();
      if (broken) throw broken.error;
      if (closed || !sink.writable) throw new Error('closed by the other side');
      sink.write(chunk);
      await until(() => !sink.writableNeedDrain);
    }
    if (!closed && !broken) sink.end();
    await until(() => sink.writableFinished);
  } finally {
    sink.off('error', onError).off('close', onClose).off('drain', onDrain).off('finish', onDrain);
  }
}
