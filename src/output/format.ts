/** Which format the options ask for. */
import { XmppctlError } from '../errors.ts';

export type Format = 'table' | 'json' | 'ndjson' | 'tsv';

export interface OutputChoice {
  /** Undefined: nobody asked; commands that act then print nothing, the others a table. */
  readonly format: Format | undefined;
  /** The keys of --json=a,b; undefined: all. */
  readonly fields: readonly string[] | undefined;
}

/** Reads -o and --json together; throws kind usage if they contradict each other. */
export function chooseOutput(shared: {
  readonly output?: Format | undefined;
  readonly json?: string | undefined;
}): OutputChoice {
  const { output, json } = shared;
  if (json === undefined) return { format: output, fields: undefined };
  if (output !== undefined && output !== 'json' && output !== 'ndjson') {
    throw new XmppctlError('usage', `--json and --output ${output} exclude each other`);
  }
  const fields = json.split(',').map((field) => field.trim());
  return { format: output ?? 'json', fields: json.trim() === '' ? undefined : fields };
}
