/** Prints what a command returns, in the format that was asked for (SPEC 7). */
import { XmppctlError } from '../errors.ts';
import type { Command } from '../grammar/command.ts';
import { allFields } from '../grammar/usage.ts';
import type { Format } from './format.ts';
import { shapeOf } from './json.ts';
import { type Printer, printAnswers, printJson, printLines, printTable, printTsv, type Sink } from './printers.ts';
import { forTerminal, forTerminalLines } from './sanitize.ts';
import type { Row } from './value.ts';
import type { Writer } from './writer.ts';

export interface RenderOptions {
  readonly command: Command;
  /** Undefined: nobody asked. Commands that act print nothing then, all others a table. */
  readonly format: Format | undefined;
  /** The keys of --json=a,b. */
  readonly fields?: readonly string[] | undefined;
  readonly noHeader?: boolean;
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly stdout: Writer;
  readonly stderr: Writer;
}

/** Whatever a command's run() returns. */
export type Result = ReturnType<Command['run']>;

export interface Renderer {
  /** Prints a result of the kind that the command yields; rejects with what the command throws. */
  render(result: Result): Promise<void>;
  one(row: Row): Promise<void>;
  list(rows: Rows): Promise<void>;
  stream(rows: AsyncIterable<Row>): Promise<void>;
  text(text: string): Promise<void>;
}

export type Rows = Iterable<Row> | AsyncIterable<Row>;

/** Throws kind usage at once if `fields` has a key that the command does not know. */
export function createRenderer(options: RenderOptions): Renderer {
  const { command } = options;
  const write = writeOf(options);
  const printerFor = choosePrinter(options);
  /** Large writes instead of many, where the next row is there already. */
  const printTogether = async (rows: Rows, shape: 'list' | 'stream'): Promise<void> => {
    const batches = new Batches(write);
    const printer = printerFor(shape, (text) => batches.write(text));
    await printAll(rows, printer, options).finally(() => batches.flush());
  };

  const renderer: Renderer = {
    async render(result) {
      if (command.yields === 'stream') return renderer.stream(result as AsyncIterable<Row>);
      if (command.yields === 'list') {
        return renderer.list(
          Symbol.asyncIterator in result ? (result as AsyncIterable<Row>) : ((await result) as Rows),
        );
      }
      if (command.yields === 'text') return renderer.text((await result) as string);
      return renderer.one((await result) as Row);
    },
    one: (row) => printAll([row], printerFor('one'), options),
    list: (rows) => printTogether(rows, 'list'),
    // What comes in counts as told when the system has it; of what was sent only the result is told.
    stream: (rows) => (command.confirm ? printTogether(rows, 'stream') : printAll(rows, printerFor('stream'), options)),
    async text(text) {
      await write(forTerminalLines(text === '' || text.endsWith('\n') ? text : `${text}\n`));
    },
  };
  return renderer;
}

/** What was done stays done, also where no room is left for the result that tells it. */
function writeOf({ command, stdout }: RenderOptions): Sink['write'] {
  if (!command.confirm) return (text) => stdout.write(text);
  return (text) =>
    stdout.write(text).catch((cause: XmppctlError) => {
      throw new XmppctlError(cause.kind, cause.message, { cause, delivered: 'unknown' });
    });
}

/** Puts small writes together, but what is there leaves before anything new has to come from elsewhere. */
class Batches {
  static readonly #enough = 64 * 1024;
  readonly #write: Sink['write'];
  #text = '';
  #failure: { error: unknown } | undefined;

  constructor(write: Sink['write']) {
    this.#write = write;
  }

  async write(text: string): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    if (this.#text === '') setImmediate(() => void this.flush().catch((error) => this.#fail(error)));
    this.#text += text;
    if (this.#text.length >= Batches.#enough) await this.flush();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  async flush(): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    const text = this.#text;
    this.#text = '';
    if (text !== '') await this.#write(text);
  }
}

type Shape = 'one' | 'list' | 'stream';

function choosePrinter(options: RenderOptions): (shape: Shape, write?: Sink['write']) => Printer {
  const { command, format, fields, noHeader = false, color = false, stdout } = options;
  const shape = shapeOf(command, fields);
  return (yields, write = writeOf(options)) => {
    const sink: Sink = { write, columns: stdout.columns, color: color && stdout.isTerminal };
    if (format === undefined && command.confirm) return printAnswers(sink, command.answer);
    if (format === 'ndjson') return printJson(sink, shape, 'lines');
    if (format === 'json') return printJson(sink, shape, yields === 'list' ? 'array' : 'lines');
    if (format === 'tsv') return printTsv(sink, allFields(command), noHeader);
    if (command.line && yields !== 'one') return printLines(sink, command.line);
    return printTable(sink, command.fields, { noHeader, shape: yields });
  };
}

/**
 * Row by row, so that memory stays constant: the next one is asked for when the system has taken the last. What was
 * printed before the command failed stays a complete document.
 */
async function printAll(rows: Rows, printer: Printer, options: RenderOptions): Promise<void> {
  const { command, stdout } = options;
  let printed = 0;
  try {
    for await (const row of rows) {
      await printer.row(row);
      printed += 1;
      await confirm(row, options);
      // Who only asks may stop when nobody reads any more; who acts finishes what it was told to do.
      if (stdout.closed && !command.confirm) return;
    }
  } catch (error) {
    if (printed > 0) await printer.end();
    throw error;
  }
  await printer.end();
}

async function confirm(row: Row, { command, quiet = false, format, stderr }: RenderOptions): Promise<void> {
  if (!command.confirm || quiet || format !== undefined || !stderr.isTerminal) return;
  const line = command.confirm(row);
  if (line !== '') await stderr.write(`${forTerminal(line)}\n`);
}
