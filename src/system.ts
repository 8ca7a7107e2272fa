/**
 * Everything outside the process, as main.ts hands it in: nothing else in the program names `process`, so tests can
 * run any part with an environment of their own.
 */
export interface System {
  readonly argv: readonly string[];
  /** Path under which the program was started, a link or not. */
  readonly program?: string;
  /** Read and also cleaned: XMPPCTL_PASSWORD is deleted from it once read. */
  readonly env: Record<string, string | undefined>;
  /** Passwords that the command line of another program gave, by the beginning of our options' names (`room-password`). */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly platform: NodeJS.Platform;
  /** Numeric user id; undefined on Windows. */
  readonly uid: number | undefined;
  readonly pid: number;
  /** Path of the node binary, for the keychain's child process. */
  readonly execPath: string;
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(on: boolean): unknown };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Sends a signal to a process, or to a process group if `pid` is negative; throws if there is none. */
  kill?(pid: number, signal: NodeJS.Signals): void;
  /** Does what Ctrl-C does, for a prompt that has taken the key for itself (raw mode). */
  interrupt?(): void;
  /** Milliseconds since 1970 (wall clock). */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number;
}

export type OutputStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
